/** CloudWatch as a sink does what every sink must do. */
import { setTimeout } from 'node:timers/promises';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { cloudWatchSink } from '../../../../../cloud/platforms/aws/cloudwatch/sink.ts';
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { type SinkUnderTest, sinkConformance } from '../../../../conformance/sink.ts';
import { FakeAws, jsonError } from '../http/fake-aws.ts';

sinkConformance(
  'cloudwatch',
  async () => {
    const aws = new FakeAws().start();
    const client = aws.cloudWatch();
    const gone = new AbortController();
    const under: SinkUnderTest = {
      sink: cloudWatchSink({
        ...{
          client,
          namespace: 'MbedButtonPressHour',
          now: Date.now,
          deadline: () => Number.POSITIVE_INFINITY,
          patienceMs: 2_000,
        },
      }),
      refused: { endpoint: '日本語', hour: hourOf(Date.now()), count: 3 },
      async read() {
        const hours = new Map<string, HourlyCount>();
        for (const { Endpoint = '', at, Value } of aws.data) {
          const [hour, key] = [hourOf(at), `${at} ${Endpoint}`];
          hours.set(key, { endpoint: Endpoint, hour, count: Math.max(Value, hours.get(key)?.count ?? 0) });
        }
        return [...hours.values()];
      },
      async down() {
        aws.before = () => jsonError(503, 'ServiceUnavailable');
      },
      async slow(ms) {
        aws.before = async () => {
          await setTimeout(ms, undefined, { signal: gone.signal }).catch(() => undefined);
          return undefined;
        };
      },
      async up() {
        aws.before = () => undefined;
      },
      async dispose() {
        gone.abort();
        aws.stop();
      },
    };
    return under;
  },
  { names: ['é日😀'] },
);
