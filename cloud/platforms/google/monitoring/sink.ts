/**
 * Cloud Monitoring as a sink: one rising sum an endpoint, whose difference over an hour is the hour's presses.
 *
 *   totals ─► what grew since it was told ─► plan ─► memory ─► points, 200 endpoints a request, one after another for each
 *
 * Sums do not add up, so telling one again with a newer time changes nothing; what must never happen is a lower sum after
 * a higher one. So the memory is written before the points are sent, and holds the most that was ever tried (series.ts). One
 * sink at a time may write to a memory.
 *
 * Presses that are told after their hour, while the hour's end is no longer the newest thing the series has, appear
 * in the hour in which they are told; so do those that are more than a day old. None is lost.
 */
import type { PutResult, ReadableSink, RefusedCount } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import type { ToldMemory } from '../../../ingest/told.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { readBack } from './read-back.ts';
import { Series } from './series.ts';
import { type Ending, type MonitoringSinkOptions, type Tools, tell, type Work, whyOf } from './telling.ts';
import { sortTotals, type Wanted } from './wanted.ts';

export type { MonitoringSinkOptions } from './telling.ts';

/** A sink that does not own its memory: closing it leaves that open. */
export function monitoringSink(options: MonitoringSinkOptions): ReadableSink {
  const known = new Map<string, Series>();
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let trouble: string | undefined;
  const onTrouble = (why: string): void => {
    trouble = why;
  };
  return {
    put(totals) {
      const mine = last.then(async () => {
        trouble = undefined;
        const result = await put(totals, known, { ...options, closing: closing.signal, onTrouble });
        if (result.failed.length === 0) trouble = undefined;
        return result;
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    trouble: () => trouble,
    readBack: (query) => readBack(options.client, query),
    // A series only goes forward.
    movesLate: true,
    async close() {
      closing.abort();
      await last;
    },
  };
}

async function put(totals: readonly HourlyCount[], known: Map<string, Series>, tools: Tools): Promise<PutResult> {
  const { wanted, refused } = sortTotals(totals);
  let endings: ReadonlyMap<string, Ending>;
  try {
    endings = await tell(await remember(wanted, known, tools.told), tools);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // The memory cannot be had: nothing was sent without it.
    tools.onTrouble(whyOf(error));
    endings = new Map();
  }
  const failed: HourlyCount[] = [];
  const all: RefusedCount[] = [...refused];
  for (const { endpoint, counts } of wanted) {
    const ending = endings.get(endpoint) ?? 'failed';
    if (ending === 'failed') failed.push(...counts);
    else if (ending !== 'taken') all.push(...counts.map((count) => ({ count, reason: ending.refused })));
  }
  return { refused: all, failed };
}

/** Reads what was told of the wanted hours. StoreError STORE_DOWN. */
async function remember(wanted: readonly Wanted[], known: Map<string, Series>, memory: ToldMemory): Promise<Work[]> {
  if (wanted.length === 0) return [];
  const told = await memory.read(new Map(wanted.map(({ endpoint, totals }) => [endpoint, [...totals.keys()]])));
  return wanted.map((one) => {
    const { endpoint } = one;
    const now = told.get(endpoint) ?? { endpoint, sum: 0, at: 0, hours: new Map() };
    const series = known.get(endpoint) ?? new Series(now);
    series.read(now);
    known.set(endpoint, series);
    return { ...one, series };
  });
}
