/**
 * Moves a store's endpoints into another, each whole: state and hours together, or a board's counter counts again.
 *
 *   source: read ─► target: read ─┬─ the same ─► passed over
 *                                 ├─ not there, or older ─► replaced, and read once more
 *                                 └─ newer, or counted apart ─► refused, unless it is to be replaced
 *
 * Doing it again goes on where it ended. Neither store should receive meanwhile: what one counts during the move the other does not have,
 * which the next run tells.
 */
import { compareCopies } from './copy-order.ts';
import { inParallel } from './in-parallel.ts';
import type { AsideItem, EndpointCopy, Store } from './store.ts';

export interface CopyOptions {
  /** Replace what the target has, also if it is newer. */
  readonly replace: boolean;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Only these; all if left out. */
  readonly endpoints?: readonly string[];
  /** Ends after what is under way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: Copied) => void;
}

export interface RefusedCopy {
  readonly endpoint: string;
  readonly reason: string;
}

export interface Copied {
  /** Endpoints that were moved, and their hours and presses. */
  readonly copied: number;
  readonly hours: number;
  readonly presses: number;
  /** Endpoints that were the same already. */
  readonly same: number;
  readonly refused: readonly RefusedCopy[];
  /** Things set aside that were brought over, or were there. */
  readonly aside: number;
}

/** Endpoints at once. */
const PARALLEL = 8;
/** Things set aside that are handed over at once, by number and bytes. */
const [ASIDE_ITEMS, ASIDE_BYTES] = [100, 4 * 1024 ** 2];

/** StoreError as either store rejects: what was moved before stays, and running it again goes on. */
export async function copyStore(source: Store, target: Store, options: CopyOptions): Promise<Copied> {
  const { dryRun, signal, onProgress } = options;
  const done = { copied: 0, hours: 0, presses: 0, same: 0, refused: [] as RefusedCopy[], aside: 0 };
  const names = options.endpoints ?? (await namesOf(source));
  await inParallel(names, PARALLEL, async (endpoint) => {
    if (signal?.aborted) return;
    const outcome = await copyOne(source, target, endpoint, options);
    if (outcome === 'same') done.same += 1;
    else if (typeof outcome === 'string') done.refused.push({ endpoint, reason: outcome });
    else {
      done.copied += 1;
      done.hours += outcome.hours.length;
      done.presses += outcome.hours.reduce((sum, { count }) => sum + count, 0);
    }
    onProgress?.(done);
  });
  // What was not understood may be one day: it belongs to no endpoint.
  if (options.endpoints === undefined && signal?.aborted !== true) {
    for await (const items of asideOf(source)) {
      if (!dryRun) await target.setAside(items);
      done.aside += items.length;
    }
  }
  return { ...done, refused: done.refused.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1)) };
}

async function namesOf(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.endpoints()) names.push(name);
  return names;
}

/** The copy that was made; 'same'; or why it was not made. */
async function copyOne(
  source: Store,
  target: Store,
  endpoint: string,
  { replace, dryRun }: CopyOptions,
): Promise<EndpointCopy | string> {
  const copy = await source.read(endpoint);
  if (copy === undefined) return 'the source has no such board';
  const refusal = target.refusal?.(endpoint);
  if (refusal !== undefined) return refusal;
  const there = await target.read(endpoint);
  const order = there === undefined ? 'older' : compareCopies(there, copy);
  if (order === 'same') return 'same';
  if (!replace && order === 'newer') return 'the target has counted more of it';
  if (!replace && order === 'apart') return 'both have counted what the other has not';
  if (dryRun) return copy;
  if (!(await target.replace(copy, there?.state)))
    return 'the target counted during the move: stop what receives there';
  const now = await target.read(endpoint);
  if (now !== undefined && compareCopies(now, copy) === 'same') return copy;
  return 'the target counted during the move: stop what receives there';
}

async function* asideOf(store: Store): AsyncGenerator<AsideItem[], void, undefined> {
  let items: AsideItem[] = [];
  let bytes = 0;
  for await (const item of store.aside()) {
    items.push(item);
    bytes += item.body.length;
    if (items.length < ASIDE_ITEMS && bytes < ASIDE_BYTES) continue;
    yield items;
    [items, bytes] = [[], 0];
  }
  if (items.length > 0) yield items;
}
