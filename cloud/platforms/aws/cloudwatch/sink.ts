/**
 * CloudWatch as a sink: an hour's running total under the exact metric, whose Maximum over the hour is the newest total.
 *
 * Telling a total again, late or out of order changes nothing, since totals only grow.
 */

import type { Sink } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { exactDatum } from './datum.ts';
import { type TellOptions, tell } from './tell.ts';

/** A sink that owns `client`. */
export function cloudWatchSink(options: TellOptions): Sink {
  return {
    async put(totals) {
      const data = totals.map((count: HourlyCount) => ({ of: count, datum: exactDatum(count, count.count) }));
      const { refused, failed } = await tell(data, options);
      return { refused: refused.map(({ of, reason }) => ({ count: of, reason })), failed };
    },
    async close() {
      options.client.destroy();
    },
  };
}
