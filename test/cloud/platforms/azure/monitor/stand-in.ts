/** A sink against the stand-in of Azure Monitor, on a clock that the test sets. */

import type { ReadableSink } from '../../../../../cloud/ingest/sink.ts';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { type Fault, type StandIn, serveMonitor } from '../../../../../cloud/platforms/azure/local/monitor/monitor.ts';
import { READ_SCOPE } from '../../../../../cloud/platforms/azure/monitor/names.ts';
import { azureMonitorSink, type MonitorOptions } from '../../../../../cloud/platforms/azure/monitor/sink.ts';
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';
import { MemoryTold } from './memory-told.ts';

export const RESOURCE_ID =
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/mbed/providers/Microsoft.Web/sites/mbed-presses';

export class UnderTest {
  now: number;
  fault: () => Fault | Promise<Fault> = () => undefined;
  readonly told = new MemoryTold();
  readonly standIn: StandIn;
  readonly sink: ReadableSink;

  private constructor(now: number, standIn: StandIn, options: Partial<MonitorOptions>) {
    [this.now, this.standIn] = [now, standIn];
    this.sink = this.open(options);
  }

  static async start(now: number, options: Partial<MonitorOptions> = {}): Promise<UnderTest> {
    let under: UnderTest | undefined;
    const standIn = await serveMonitor({ now: () => under?.now ?? now, fault: () => under?.fault() });
    under = new UnderTest(now, standIn, options);
    return under;
  }

  /** Another sink with the same memory: what a restart leaves. */
  open(options: Partial<MonitorOptions> = {}): ReadableSink {
    const { url, tokens } = this.standIn;
    return azureMonitorSink({
      ...{ tellUrl: url, readUrl: url, resourceId: RESOURCE_ID, told: this.told, now: () => this.now },
      getToken: async (scope) => (scope === READ_SCOPE ? tokens.ask : tokens.tell),
      patienceMs: 2_000,
      ...options,
    });
  }

  /** What the graph of these shows, around now. */
  async shown(endpoints: readonly string[], sink = this.sink): Promise<HourlyCount[]> {
    const query = { endpoints, from: new Date(this.now - 12 * HOUR_MS), to: new Date(this.now + HOUR_MS) };
    const counts: HourlyCount[] = [];
    for await (const count of sink.readBack(query)) counts.push(count);
    return counts;
  }

  async close(): Promise<void> {
    await this.sink.close();
    await this.standIn.close();
  }
}
