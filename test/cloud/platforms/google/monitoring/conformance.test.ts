/** Cloud Monitoring as a sink does what every sink must do, as far as its stand-in knows Google's rules. */
import { monitoringSink } from '../../../../../cloud/platforms/google/monitoring/sink.ts';
import { HOUR_MS, hourOf } from '../../../../../cloud/protocol/hour.ts';
import { type SinkUnderTest, sinkConformance } from '../../../../conformance/sink.ts';
import { PRESENT } from './clock.ts';
import { MemoryTold } from './told-memory.ts';
import { all, PROJECT, pause, startMonitored, UNAVAILABLE } from './under-test.ts';

const start = async (): Promise<SinkUnderTest> => {
  const monitored = await startMonitored();
  const { clock, client, points } = monitored;
  const gone = new AbortController();
  const sink = monitoringSink({ client, told: new MemoryTold(), now: clock.now, sleep: clock.sleep });
  return {
    sink,
    refused: { endpoint: 'x'.repeat(1_025), hour: hourOf(PRESENT), count: 3 },
    async read() {
      const endpoints = [...points.series(PROJECT)].map(({ key }) => key.metric.labels.endpoint ?? '');
      const query = { endpoints, from: new Date(PRESENT - 2 * HOUR_MS), to: new Date(PRESENT + HOUR_MS) };
      return all(sink.readBack(query));
    },
    async down() {
      monitored.before = () => UNAVAILABLE;
    },
    async slow(ms) {
      monitored.before = () => pause(ms, gone.signal);
    },
    async up() {
      monitored.before = () => undefined;
    },
    async dispose() {
      gone.abort();
      await monitored.dispose();
    },
  };
};

sinkConformance('cloud-monitoring', start, { lateHours: 'in the hour in which it is told' });
