/** What looking into an image can find, and what follows from it. */

/**
 * `lock`: the chip would be locked. `error`: it cannot run on a K64F, or is damaged. `other`: it is not the firmware that
 * was generated. `warning`: for its user to weigh.
 */
export type ImageLevel = 'lock' | 'error' | 'other' | 'warning';

export interface ImageFinding {
  /** Stable, for programs: `WOULD_LOCK`, `CUT_OFF`. */
  readonly code: string;
  readonly level: ImageLevel;
  /** What was found. */
  readonly message: string;
  /** What would become of it if it were flashed all the same. */
  readonly consequence: string;
  /** What to do, in one imperative sentence. */
  readonly fix: string;
}

/** `flash`: it may be. `never`: whoever insists. `broken`, `other`: only if somebody insists. */
export type ImageVerdict = 'flash' | 'never' | 'broken' | 'other';

/** What all findings come to: the worst of them decides. */
export function verdictOf(findings: readonly ImageFinding[]): ImageVerdict {
  const levels = new Set(findings.map(({ level }) => level));
  if (levels.has('lock')) return 'never';
  if (levels.has('error')) return 'broken';
  return levels.has('other') ? 'other' : 'flash';
}

export const BUILD_AGAIN = 'Build it again for the target K64F, as BUILD.md says.';
export const COPY_AGAIN = 'Take the file again from where it was built.';

/** What DAPLink does with a file in whose beginning it sees no vectors of a K64F: it waits for one that has them. */
export const TIMES_OUT = 'DAPLink would not know it for an image and end with "The transfer timed out."';
