/**
 * Tells Cloud Monitoring what grew, of many endpoints at once.
 *
 *   what grew ─► plan ─► memory ─► points ─┬─ taken, or refused for ever
 *     ▲                                    ├─ failed: the sink is asked again later
 *     └──── too old, or not all of it ─────┘
 */
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { ToldMemory, ToldSeries } from '../../../ingest/told.ts';
import { StoreError } from '../../../protocol/errors.ts';
import type { MonitoringClient } from './client.ts';
import { SERIES_LIMIT, STEP_MS } from './metric.ts';
import { firstPoint, type PlannedPoint, plan } from './plan.ts';
import { sendAll } from './send.ts';
import type { Series } from './series.ts';
import type { Wanted } from './wanted.ts';

export interface MonitoringSinkOptions {
  readonly client: Pick<MonitoringClient, 'create' | 'list'>;
  readonly told: ToldMemory;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970 after which nothing begins, waiting for the next step included; none unless told. */
  readonly deadline?: () => number;
  /** Milliseconds of a step, of which a series has at most one point: divides an hour, at least 5 s. A minute unless told. */
  readonly stepMs?: number;
}

/** Requests under way at once. */
const AT_ONCE = 4;
/** Hours of a board that are told at once: a memory writes so many together. */
const MOST_HOURS = 300;
/** How often points that turned out to be too old are planned anew in one call. */
const TRIES = 3;

/** What one sink works with. */
export interface Tools extends MonitoringSinkOptions {
  readonly closing: AbortSignal;
  readonly onTrouble: (why: string) => void;
}

export type Ending = 'taken' | 'failed' | { readonly refused: string };

export interface Work extends Wanted {
  readonly series: Series;
}

/** One batch of a request's size. */
interface Planned {
  readonly work: Work;
  readonly presses: ReadonlyMap<number, number>;
  readonly points: readonly PlannedPoint[];
  readonly trying: ToldSeries;
  /** It is the series' beginning alone, or has not all of its hours: more is planned next. */
  readonly hasMore: boolean;
}

const NOTHING: ReadonlyMap<never, number> = new Map<never, number>();

/** Endings by endpoint; those that are in none were not told. */
export async function tell(all: readonly Work[], tools: Tools): Promise<ReadonlyMap<string, Ending>> {
  const { now, sleep, closing } = tools;
  const endings = new Map<string, Ending>();
  let open = all;
  for (let tries = 0; tries < TRIES && open.length > 0 && !closing.aborted; ) {
    const { planned, early, until } = planAll(open, endings, tools);
    open = early;
    if (planned.length > 0) {
      const { begun, again, isDown } = await sendBatches(planned, endings, tools);
      if (isDown) break;
      if (again.length > 0) tries += 1;
      open = [...begun, ...again, ...early];
    } else if (early.length > 0) {
      if (isOver(tools, until)) {
        tools.onTrouble('no time is left until a series may have its next point');
        break;
      }
      await sleep(Math.max(until - now(), 1), closing).catch(() => undefined);
    }
  }
  return endings;
}

/** What has nothing to tell is taken. `early`: what has to wait for its next step, until which all of them may go on. */
function planAll(
  all: readonly Work[],
  endings: Map<string, Ending>,
  { now, stepMs = STEP_MS }: MonitoringSinkOptions,
): { readonly planned: readonly Planned[]; readonly early: readonly Work[]; readonly until: number } {
  const planned: Planned[] = [];
  const early: Work[] = [];
  let until = 0;
  for (const work of all) {
    const { series, totals, endpoint } = work;
    const all = [...series.grown(totals)].sort(([a], [b]) => (a < b ? 1 : -1));
    // The newest first: what is old is late in any case.
    const grown = new Map(all.slice(0, MOST_HOURS));
    const presses = series.presses(grown);
    if (presses.size === 0 && (series.isUnborn || !series.standing.inDoubt)) {
      endings.set(endpoint, 'taken');
    } else if (series.isUnborn) {
      // Before anything else: whatever becomes of the next points, what they tell is the difference to 0.
      const points = [firstPoint(presses, now(), stepMs)];
      planned.push({ work, presses: NOTHING, points, trying: series.trying(NOTHING, points[0]!.at), hasMore: true });
    } else {
      const points = plan(series.standing, presses, now(), stepMs);
      if ('waitUntil' in points) {
        until = Math.max(until, points.waitUntil);
        early.push(work);
      } else {
        planned.push({
          work,
          presses,
          points,
          trying: series.trying(grown, points.at(-1)!.at),
          hasMore: all.length > grown.size,
        });
      }
    }
  }
  return { planned, early, until };
}

async function sendBatches(
  planned: readonly Planned[],
  endings: Map<string, Ending>,
  tools: Tools,
): Promise<{ readonly begun: readonly Work[]; readonly again: readonly Work[]; readonly isDown: boolean }> {
  const begun: Work[] = [];
  const again: Work[] = [];
  let isDown = false;
  await inParallel(batches(planned), AT_ONCE, async (batch) => {
    // Where it is down, trying on would only move what was tried into a later hour.
    if (isDown || tools.closing.aborted || isOver(tools)) return;
    if (!(await writeAhead(batch, tools))) {
      isDown = true;
      return;
    }
    const toSend = batch.map(({ work: { endpoint, series }, points }) => ({ endpoint, series, points }));
    const sent = await sendAll(toSend, tools);
    for (const [index, { work, hasMore }] of batch.entries()) {
      const ending = sent.endings[index]!;
      if (ending === 'again') again.push(work);
      else if (ending === 'taken' && hasMore) begun.push(work);
      else endings.set(work.endpoint, ending);
    }
    isDown ||= sent.isDown;
  });
  return { begun, again, isDown };
}

function isOver({ now, deadline }: MonitoringSinkOptions, at: number = now()): boolean {
  return deadline !== undefined && at >= deadline();
}

/** False if the memory did not take it, or does not say so. */
async function writeAhead(batch: readonly Planned[], { told, onTrouble }: Tools): Promise<boolean> {
  try {
    await told.write(batch.map(({ trying }) => trying));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    onTrouble(whyOf(error));
    // Whether it has them says the next look into it.
    return false;
  }
  for (const { work, trying, presses } of batch) work.series.tried(trying, presses);
  return true;
}

function* batches(planned: readonly Planned[]): Iterable<readonly Planned[]> {
  for (let at = 0; at < planned.length; at += SERIES_LIMIT) yield planned.slice(at, at + SERIES_LIMIT);
}

export function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
