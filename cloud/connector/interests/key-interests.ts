/** What one key wants, and its record on disk: rules, and paths of single boards. */
import type { Rule } from '../client/rules.ts';
import { type Matcher, matcherOf } from './rule-match.ts';

export class KeyInterests {
  readonly #paths = new Map<string, Set<string>>();
  #rules: readonly Rule[] = [];
  #matcher: Matcher = matcherOf([]);
  #count = 0;

  /** Single paths, of all boards. */
  get count(): number {
    return this.#count;
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  set rules(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#matcher = matcherOf(rules);
  }

  get matcher(): Matcher {
    return this.#matcher;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0 && this.#count === 0;
  }

  endpoints(): string[] {
    return [...this.#paths.keys()];
  }

  of(endpoint: string): ReadonlySet<string> {
    return this.#paths.get(endpoint) ?? NOTHING;
  }

  add(endpoint: string, path: string): void {
    const paths = this.#paths.get(endpoint) ?? new Set();
    if (paths.has(path)) return;
    this.#paths.set(endpoint, paths.add(path));
    this.#count += 1;
  }

  /** One path, or all of the board; false: there was none. */
  drop(endpoint: string, path?: string): boolean {
    const paths = this.#paths.get(endpoint);
    if (paths === undefined || (path !== undefined && !paths.has(path))) return false;
    this.#count -= path === undefined ? paths.size : 1;
    if (path !== undefined) paths.delete(path);
    if (path === undefined || paths.size === 0) this.#paths.delete(endpoint);
    return true;
  }

  write(): string {
    const paths = [...this.#paths].map(([endpoint, set]) => [endpoint, ...set]);
    return JSON.stringify({ rules: this.#rules, paths });
  }

  /** What `write` wrote. */
  static read(text: string): KeyInterests {
    const { rules, paths }: { rules: Rule[]; paths: [string, ...string[]][] } = JSON.parse(text);
    const read = new KeyInterests();
    read.rules = rules;
    for (const [endpoint, ...of] of paths) for (const path of of) read.add(endpoint, path);
    return read;
  }
}

const NOTHING: ReadonlySet<string> = new Set();
