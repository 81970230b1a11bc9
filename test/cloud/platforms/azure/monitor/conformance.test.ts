/** Azure Monitor as a sink does what every sink must do, as far as a metric that adds up can. */
import { setTimeout } from 'node:timers/promises';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { HOUR_MS, hourOf } from '../../../../../cloud/protocol/hour.ts';
import { type SinkUnderTest, sinkConformance } from '../../../../conformance/sink.ts';
import { UnderTest } from './stand-in.ts';

/** Half past the present hour: the one before is over for longer than Azure Monitor takes. */
const HALF_PAST = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS / 2;

sinkConformance(
  'azure monitor',
  async () => {
    const under = await UnderTest.start(HALF_PAST);
    const gone = new AbortController();
    const endpoints = new Set<string>();
    const under2: SinkUnderTest = {
      sink: {
        ...under.sink,
        put(totals) {
          for (const { endpoint } of totals) endpoints.add(endpoint);
          return under.sink.put(totals);
        },
      },
      refused: { endpoint: 'x'.repeat(257), hour: hourOf(HALF_PAST), count: 3 },
      read: (): Promise<HourlyCount[]> => under.shown([...endpoints]),
      async down() {
        under.fault = () => 'busy';
      },
      async slow(ms) {
        under.fault = async () => {
          await setTimeout(ms, undefined, { signal: gone.signal }).catch(() => undefined);
          return undefined;
        };
      },
      async up() {
        under.fault = () => undefined;
      },
      async dispose() {
        gone.abort();
        await under.standIn.close();
      },
    };
    return under2;
  },
  { pastHours: 'refused', unknownFate: 'once or never' },
);
