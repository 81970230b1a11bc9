/** A line that a board prints, and what it means to somebody who waits for its presses. */

export interface Meaning {
  /** Stable, for programs: `registered`, `client-NetworkError`. */
  readonly code: string;
  /** Of `trouble` something is to be done. */
  readonly kind: 'good' | 'info' | 'trouble';
  readonly meaning: string;
  /** What to do, in one imperative sentence: of trouble alone. */
  readonly fix?: string | undefined;
}

/** A line that is known by its words; `means` may read what else stands in it. */
export interface KnownLine {
  readonly words: RegExp;
  readonly means: Meaning | ((match: RegExpExecArray) => Meaning);
}

export function good(code: string, meaning: string): Meaning {
  return { code, kind: 'good', meaning };
}

export function info(code: string, meaning: string): Meaning {
  return { code, kind: 'info', meaning };
}

export function trouble(code: string, meaning: string, fix: string): Meaning {
  return { code, kind: 'trouble', meaning, fix };
}
