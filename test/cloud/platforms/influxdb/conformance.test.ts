/** InfluxDB as a sink does what every sink must do: on Debian's influxd. */
import { describe } from '@jest/globals';
import { influxSink } from '../../../../cloud/platforms/influxdb/sink.ts';
import { HOUR_MS, hourOf } from '../../../../cloud/protocol/hour.ts';
import { type SinkUnderTest, sinkConformance } from '../../../conformance/sink.ts';
import { tcpProxy } from '../graphite/tcp-proxy.ts';
import { ask, influxHere, influxWanted, serverAt, sleep } from './influx-here.ts';

(influxWanted ? describe : describe.skip)("on Debian's InfluxDB", () => {
  sinkConformance('influxdb', start, { names: ['\\'] });
});

interface Answered {
  readonly results: readonly [
    { readonly series?: readonly { readonly tags: { endpoint: string }; readonly values: [number, number][] }[] },
  ];
}

async function start(): Promise<SinkUnderTest> {
  const { url, port } = await influxHere();
  const proxy = await tcpProxy(port);
  const server = serverAt(`http://127.0.0.1:${proxy.port}`);
  return {
    sink: influxSink({ server, now: Date.now, sleep }),
    refused: { endpoint: 'a\\', hour: hourOf(Date.now()), count: 3 },
    async read() {
      const now = Math.floor((Date.now() - 3 * HOUR_MS) / 1000);
      const q = `SELECT count FROM button_presses WHERE time > ${now}s GROUP BY endpoint`;
      const { results } = (await ask(url, server.database, q)) as Answered;
      return (results[0].series ?? []).flatMap(({ tags, values }) =>
        values.map(([at, count]) => ({ endpoint: tags.endpoint, hour: hourOf(at * 1000), count })),
      );
    },
    down: async () => proxy.down(),
    slow: async (ms) => proxy.slow(ms),
    up: async () => proxy.up(),
    dispose: () => proxy.close(),
  };
}
