/** What was told, in memory, for tests: with failures on demand. */
import type { ToldMemory, ToldSeries } from '../../../../../cloud/ingest/told.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';

/** How the next write ends: nothing is kept; or it is kept, and its answer is lost. */
export type WriteFault = 'refused' | 'answer lost';

export class MemoryTold implements ToldMemory {
  readonly series = new Map<string, ToldSeries>();
  /** Asked before each write. */
  fault: () => WriteFault | undefined = () => undefined;
  writes = 0;

  async read(wanted: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, ToldSeries>> {
    const found = [...wanted].map(([endpoint, hours]): [string, ToldSeries] => {
      const { sum, at, hours: all } = this.series.get(endpoint) ?? { sum: 0, at: 0, hours: new Map<string, number>() };
      return [endpoint, { endpoint, sum, at, hours: new Map([...all].filter(([hour]) => hours.includes(hour))) }];
    });
    return new Map(found);
  }

  async write(series: readonly ToldSeries[]): Promise<void> {
    this.writes += 1;
    const fault = this.fault();
    if (fault !== 'refused') {
      for (const one of series) {
        const before = this.series.get(one.endpoint)?.hours ?? new Map();
        this.series.set(one.endpoint, { ...one, hours: new Map([...before, ...one.hours]) });
      }
    }
    if (fault !== undefined) throw new StoreError('STORE_DOWN', 'the memory is down');
  }

  async close(): Promise<void> {}
}
