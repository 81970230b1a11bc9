/** What a sink that adds up was told, in a folder's file. */
import type { ToldMemory, ToldSeries } from '../../../ingest/told.ts';
import type { ForwardFile } from './file.ts';

export function toldIn(file: ForwardFile, sink: string): ToldMemory {
  const read = (endpoint: string, hours: readonly string[]): ToldSeries => {
    const series = file.sql.series.get(sink, endpoint);
    const told = new Map<string, number>();
    for (const hour of hours) {
      const total = file.sql.told.get(sink, endpoint, hour)?.total;
      if (total !== undefined) told.set(hour, Number(total));
    }
    return { endpoint, sum: Number(series?.sum ?? 0), at: Number(series?.at ?? 0), hours: told };
  };
  return {
    async read(wanted) {
      return new Map([...wanted].map(([endpoint, hours]) => [endpoint, read(endpoint, hours)]));
    },
    async write(series) {
      file.transaction(() => {
        for (const { endpoint, sum, at, hours } of series) {
          file.sql.putSeries.run(sink, endpoint, sum, at);
          for (const [hour, total] of hours) file.sql.putTold.run(sink, endpoint, hour, total);
        }
      });
    },
    async close() {},
  };
}
