/**
 * Which paths of a board pre-subscription rules mean.
 *
 *   rules ─► made ready once ─► board (name, type, resources) ─► paths
 *
 * Inside a rule all conditions hold; a name or path with `*` at its end is a beginning. No paths, or an empty list of them:
 * every observable resource. A path without `*` is taken at its word: it is observed if the board lists it at all, since
 * not every LwM2M client says `obs`.
 */
import type { BoardResource } from '../boards/boards.ts';
import type { Rule } from '../client/rules.ts';

/** What a board said of itself when it registered. */
export interface KnownBoard {
  readonly endpoint: string;
  readonly type: string;
  readonly resources: readonly BoardResource[];
}

export type Matcher = (board: KnownBoard) => ReadonlySet<string>;

export function matcherOf(rules: readonly Rule[]): Matcher {
  const ready = rules.map(makeReady);
  return (board) => {
    const paths = new Set<string>();
    for (const { isOf, means } of ready) {
      if (!isOf(board)) continue;
      for (const resource of board.resources) if (means(resource)) paths.add(resource.path);
    }
    return paths;
  };
}

interface ReadyRule {
  readonly isOf: (board: KnownBoard) => boolean;
  readonly means: (resource: BoardResource) => boolean;
}

function makeReady(rule: Rule): ReadyRule {
  const { 'endpoint-name': name, 'endpoint-type': type, 'resource-path': paths = [] } = rule;
  const fits = name === undefined ? () => true : fitter([name]);
  return {
    isOf: (board) => (type === undefined || type === board.type) && fits(board.endpoint),
    means: paths.length === 0 ? ({ obs }) => obs : meansOneOf(paths.map(withSlash)),
  };
}

function meansOneOf(patterns: readonly string[]): ReadyRule['means'] {
  const exact = new Set(patterns);
  const fits = fitter(patterns);
  return ({ path, obs }) => exact.has(path) || (obs && fits(path));
}

/** Whether a text is one of these, or begins as one that ends in `*`. */
function fitter(patterns: readonly string[]): (text: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (text) => exact.has(text) || beginnings.some((beginning) => text.startsWith(beginning));
}

/** Some write paths without it. */
function withSlash(path: string): string {
  return path.startsWith('/') || path === '*' ? path : `/${path}`;
}
