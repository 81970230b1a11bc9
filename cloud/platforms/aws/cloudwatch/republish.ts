/** Tells a sink again what the store has: after it was down for longer than a stream remembers, or was made anew. */
import type { RefusedCount, Sink } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';

export interface Republished {
  /** Hours that the sink took. */
  readonly told: number;
  /** Hours that it will never take. */
  readonly refused: number;
  /** Hours for which it was down, slow or busy: publish them again later. */
  readonly failed: number;
  /** The first few that were refused. */
  readonly examples: readonly RefusedCount[];
}

/** As many at once as a few requests hold. */
const BATCH = 4_000;
const EXAMPLES = 10;

export async function republish(counts: AsyncIterable<HourlyCount>, sink: Pick<Sink, 'put'>): Promise<Republished> {
  let [told, refused, failed] = [0, 0, 0];
  const examples: RefusedCount[] = [];
  let batch: HourlyCount[] = [];
  const put = async (): Promise<void> => {
    const result = await sink.put(batch);
    told += batch.length - result.refused.length - result.failed.length;
    refused += result.refused.length;
    failed += result.failed.length;
    examples.push(...result.refused.slice(0, EXAMPLES - examples.length));
    batch = [];
  };
  for await (const count of counts) {
    batch.push(count);
    if (batch.length === BATCH) await put();
  }
  if (batch.length > 0) await put();
  return { told, refused, failed, examples };
}
