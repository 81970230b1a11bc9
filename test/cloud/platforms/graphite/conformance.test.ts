/** Graphite as a sink does what every sink must do: on Debian's carbon and graphite-web, over both of carbon's protocols. */
import { describe } from '@jest/globals';
import type { CarbonProtocol } from '../../../../cloud/platforms/graphite/carbon.ts';
import { endpointOf } from '../../../../cloud/platforms/graphite/metric.ts';
import { HOUR_MS, hourOf } from '../../../../cloud/protocol/hour.ts';
import { type SinkUnderTest, sinkConformance } from '../../../conformance/sink.ts';
import { graphiteHere, graphiteWanted, newPrefix, openSink } from './graphite-here.ts';
import { tcpProxy } from './tcp-proxy.ts';

(graphiteWanted ? describe : describe.skip)("on Debian's Graphite", () => {
  sinkConformance('graphite, plaintext', () => start('plaintext'));
  sinkConformance('graphite, pickle', () => start('pickle'));
});

async function start(protocol: CarbonProtocol): Promise<SinkUnderTest> {
  const { ports, url } = await graphiteHere();
  const proxies = [await tcpProxy(ports[protocol]), await tcpProxy(Number(new URL(url).port))] as const;
  const [carbon, web] = proxies;
  const prefix = newPrefix();
  const sink = openSink({ port: carbon.port, url: `http://127.0.0.1:${web.port}`, protocol, prefix });
  return {
    sink,
    refused: { endpoint: '日'.repeat(28), hour: hourOf(Date.now()), count: 3 },
    async read() {
      const now = Date.now();
      const [from, until] = [now - 3 * HOUR_MS, now].map((ms) => String(Math.floor(ms / 1000)));
      const query = `format=json&noCache=1&noNullPoints=1&target=${prefix}.*&from=${from}&until=${until}`;
      const series = (await (await fetch(`${url}/render?${query}`)).json()) as Rendered[];
      return series.flatMap(({ target, datapoints }) =>
        datapoints.map(([count, at]) => ({
          endpoint: endpointOf(prefix, target) ?? '?',
          hour: hourOf(at * 1000),
          count,
        })),
      );
    },
    async down() {
      for (const proxy of proxies) proxy.down();
    },
    async slow(ms) {
      for (const proxy of proxies) proxy.slow(ms);
    },
    async up() {
      for (const proxy of proxies) proxy.up();
    },
    async dispose() {
      for (const proxy of proxies) await proxy.close();
    },
  };
}

interface Rendered {
  readonly target: string;
  readonly datapoints: readonly (readonly [number, number])[];
}
