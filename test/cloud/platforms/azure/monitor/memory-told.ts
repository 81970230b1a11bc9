/** What was told, kept in memory; it can be made to fail. */
import type { ToldMemory, ToldSeries } from '../../../../../cloud/ingest/told.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';

export class MemoryTold implements ToldMemory {
  readonly series = new Map<string, ToldSeries>();
  /** Asked at each call; says true where it is to fail. */
  fails: (call: 'read' | 'write') => boolean = () => false;

  async read(wanted: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, ToldSeries>> {
    if (this.fails('read')) throw new StoreError('STORE_DOWN', 'the memory is down');
    return new Map(
      [...wanted].map(([endpoint, hours]) => {
        const { sum = 0, at = 0, hours: told = new Map<string, number>() } = this.series.get(endpoint) ?? {};
        return [endpoint, { endpoint, sum, at, hours: new Map([...told].filter(([hour]) => hours.includes(hour))) }];
      }),
    );
  }

  async write(series: readonly ToldSeries[]): Promise<void> {
    if (this.fails('write')) throw new StoreError('STORE_DOWN', 'the memory is down');
    for (const one of series) {
      const hours = new Map([...(this.series.get(one.endpoint)?.hours ?? []), ...one.hours]);
      this.series.set(one.endpoint, { ...one, hours });
    }
  }

  async close(): Promise<void> {}
}
