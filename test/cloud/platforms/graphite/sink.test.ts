/** Graphite as a sink, on Debian's: its own limits, its servers in trouble, and reading back. What every sink must do is in conformance.test.ts. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { HourlyCount } from '../../../../cloud/ingest/store.ts';
import { metricOf } from '../../../../cloud/platforms/graphite/metric.ts';
import { HOUR_MS, hourOf, startOfHour } from '../../../../cloud/protocol/hour.ts';
import { collect } from '../../../conformance/store.ts';
import { graphiteHere, graphiteWanted, newPrefix, openSink, startAnother } from './graphite-here.ts';
import { tcpProxy } from './tcp-proxy.ts';

const ALL = { refused: [], failed: [] };

/** One hour for the whole file, whatever the time is at its end. */
const START = Date.now();

function total(endpoint: string, count = 1, at = START): HourlyCount {
  return { endpoint, hour: hourOf(at), count };
}

function many(count: number, presses = 1): HourlyCount[] {
  return Array.from({ length: count }, (_, index) => total(`board-${index}`, presses));
}

/** As people see it, not as the sink reads it. */
async function shown(url: string, metric: string, hour: string): Promise<number | null | undefined> {
  const at = (startOfHour(hour) ?? 0) / 1000;
  const answer = await fetch(`${url}/render?format=json&noCache=1&target=${metric}&from=${at - 1}&until=${at}`);
  const [series] = (await answer.json()) as { datapoints: [number | null, number][] }[];
  return series?.datapoints.find(([, second]) => second === at)?.[0];
}

(graphiteWanted ? describe : describe.skip)("on Debian's Graphite", () => {
  test.each(['plaintext', 'pickle'] as const)('%s: 100 boards are told, and all seen', async (protocol) => {
    const { ports, url } = await graphiteHere();
    const prefix = newPrefix();
    const sink = openSink({ port: ports[protocol], url, protocol, prefix });
    expect(await sink.put(many(100, 7))).toEqual(ALL);
    expect(await shown(url, metricOf(prefix, 'board-99'), hourOf(START))).toBe(7);
    await sink.close();
  });

  test('a total is at the start of its hour, under the name in its coded form', async () => {
    const { ports, url } = await graphiteHere();
    const prefix = newPrefix();
    const sink = openSink({ port: ports.plaintext, url, prefix });
    const one = total('a.b/c', 2 ** 40);
    await sink.put([one]);
    expect(await shown(url, `${prefix}.a~2Eb~2Fc`, one.hour)).toBe(2 ** 40);
    await sink.close();
  });

  test('carbon that is ended and started again in the middle: all is there', async () => {
    const graphite = await startAnother({});
    const { ports, url } = graphite;
    const sink = openSink({ port: ports.pickle, url, protocol: 'pickle', prefix: 'mbed.button_presses' });
    expect(await sink.put(many(10))).toEqual(ALL);
    const putting = sink.put(many(3_000, 2));
    await graphite.restartCarbon();
    const { refused, failed } = await putting;
    expect(refused).toEqual([]);
    expect(await sink.put(failed)).toEqual(ALL);
    const query = { endpoints: many(3_000).map(({ endpoint }) => endpoint), from: new Date(), to: new Date() };
    query.to.setTime(query.to.getTime() + HOUR_MS);
    expect((await collect(sink.readBack(query))).filter(({ count }) => count === 2)).toHaveLength(3_000);
    await sink.close();
  });

  test('a connection that breaks after it was told: it is told again within the same call', async () => {
    const { ports, url } = await graphiteHere();
    const proxy = await tcpProxy(ports.plaintext);
    const sink = openSink({ port: proxy.port, url, prefix: newPrefix() });
    proxy.slow(60_000);
    const putting = sink.put([total('a')]);
    while (proxy.said === 0) await new Promise(setImmediate);
    // What was on its way is lost; the next connection is as good as new.
    proxy.down();
    proxy.up();
    expect(await putting).toEqual(ALL);
    expect(proxy.connections).toBeGreaterThan(1);
    await sink.close();
    await proxy.close();
  });

  test('two calls in vain, and the connection is given up: the next is told over another', async () => {
    const { ports, url } = await graphiteHere();
    const proxy = await tcpProxy(ports.plaintext);
    const sink = openSink({ port: proxy.port, url, prefix: newPrefix(), patienceMs: 3_000 });
    proxy.slow(60_000);
    for (const _again of [1, 2]) {
      expect((await sink.put([total('a')])).failed).toHaveLength(1);
      expect(sink.trouble()).toContain('did not show 1 of 1');
    }
    expect(proxy.connections).toBe(1);
    await sink.put([total('a')]);
    expect(proxy.connections).toBe(2);
    await sink.close();
    await proxy.close();
  });

  test('a sink that remembers nothing looks first: an older total takes nothing back', async () => {
    const { ports, url } = await graphiteHere();
    const words = { port: ports.plaintext, url, prefix: newPrefix() };
    const before = openSink(words);
    await before.put([total('a', 9)]);
    await before.close();
    const after = openSink(words);
    expect(await after.put([total('a', 4), total('b', 1)])).toEqual(ALL);
    expect(await shown(url, metricOf(words.prefix, 'a'), total('a').hour)).toBe(9);
    await after.close();
  });

  test('while it is on its way, an older total is not sent after it', async () => {
    const { ports, url } = await graphiteHere();
    const proxy = await tcpProxy(ports.plaintext);
    const prefix = newPrefix();
    const sink = openSink({ port: proxy.port, url, prefix, patienceMs: 3_000 });
    proxy.slow(60_000);
    expect((await sink.put([total('a', 9)])).failed).toHaveLength(1);
    const { said } = proxy;
    const putting = sink.put([total('a', 4)]);
    while (proxy.said === said) await new Promise(setImmediate);
    proxy.up();
    await putting;
    expect(await sink.put([total('a', 4)])).toEqual(ALL);
    expect(await shown(url, metricOf(prefix, 'a'), total('a').hour)).toBe(9);
    await sink.close();
    await proxy.close();
  });

  test('what is shown of before is not taken for what is told now', async () => {
    const { ports, url } = await graphiteHere();
    const proxy = await tcpProxy(ports.plaintext);
    const sink = openSink({ port: proxy.port, url, prefix: newPrefix(), patienceMs: 6_000 });
    expect(await sink.put([total('a', 4)])).toEqual(ALL);
    proxy.slow(60_000);
    expect((await sink.put([total('a', 5)])).failed).toEqual([total('a', 5)]);
    proxy.up();
    expect(await sink.put([total('a', 5)])).toEqual(ALL);
    await sink.close();
    await proxy.close();
  });

  test('told at once, a larger total and an older one: the larger', async () => {
    const { ports, url } = await graphiteHere();
    const prefix = newPrefix();
    const sink = openSink({ port: ports.plaintext, url, prefix });
    expect(await Promise.all([sink.put([total('a', 9)]), sink.put([total('a', 4)])])).toEqual([ALL, ALL]);
    expect(await shown(url, metricOf(prefix, 'a'), total('a').hour)).toBe(9);
    await sink.close();
  });

  test('of many, those that were asked for are read back', async () => {
    const { ports, url } = await graphiteHere();
    const sink = openSink({ port: ports.plaintext, url, prefix: newPrefix() });
    expect(await sink.put(many(500, 3))).toEqual(ALL);
    const endpoints = many(400).map(({ endpoint }) => endpoint);
    const read = await collect(
      sink.readBack({ endpoints, from: new Date(Date.now() - HOUR_MS), to: new Date(Date.now() + HOUR_MS) }),
    );
    expect(read.map(({ endpoint }) => endpoint).sort()).toEqual(endpoints.sort());
    await sink.close();
  });

  test('the same hour twice in one call: the larger', async () => {
    const { ports, url } = await graphiteHere();
    const prefix = newPrefix();
    const sink = openSink({ port: ports.plaintext, url, prefix });
    expect(await sink.put([total('a', 3), total('a', 5), total('a', 4)])).toEqual(ALL);
    expect(await shown(url, metricOf(prefix, 'a'), total('a').hour)).toBe(5);
    await sink.close();
  });

  test('hours of years are told, and read back; those that Graphite does not keep are refused', async () => {
    const { ports, url } = await graphiteHere();
    const sink = openSink({ port: ports.plaintext, url, prefix: newPrefix() });
    const [day, year] = [24 * HOUR_MS, 365 * 24 * HOUR_MS];
    const now = Date.now();
    const old = total('a', 1, now - 5 * year - day);
    const kept = [5 * year - day, 3 * year, year, 8 * day, 6 * day, HOUR_MS, 0].map((ago, index) =>
      total('a', index + 1, now - ago),
    );
    expect(await sink.put([...kept, old])).toEqual({
      failed: [],
      refused: [{ count: old, reason: expect.stringContaining('five years') }],
    });
    const read = await collect(
      sink.readBack({
        endpoints: ['a', 'never heard of', '日'.repeat(50)],
        from: new Date(0),
        to: new Date(now + year),
      }),
    );
    expect(read.toSorted((a, b) => a.count - b.count)).toEqual(kept);
    const some = await collect(
      sink.readBack({ endpoints: ['a'], from: new Date(now - year), to: new Date(startOfHour(hourOf(now)) ?? 0) }),
    );
    expect(some.map(({ count }) => count).sort()).toEqual([3, 4, 5, 6]);
    await sink.close();
  });

  test('an hour that has not begun waits for it, and keeps no other waiting', async () => {
    const { ports, url } = await graphiteHere();
    const sink = openSink({ port: ports.plaintext, url, prefix: newPrefix() });
    const [ahead, present] = [total('a', 1, Date.now() + HOUR_MS), total('a', 2)];
    const began = performance.now();
    expect(await sink.put([ahead, present])).toEqual({ refused: [], failed: [ahead] });
    expect(performance.now() - began).toBeLessThan(14_000);
    expect(sink.trouble()).toContain('begun');
    await sink.close();
  });

  test("Debian's own schema: nothing is taken that would be gone tomorrow, and it is said why", async () => {
    const { ports, url } = await startAnother({
      schemas: '[default]\npattern = .*\nretentions = 60s:1d,5m:30d,1h:3y\n',
    });
    const sink = openSink({ port: ports.plaintext, url, prefix: 'mbed.button_presses' });
    const totals = [total('a', 3), total('b', 4)];
    expect(await sink.put(totals)).toEqual({ refused: [], failed: totals });
    expect(sink.trouble()).toMatch(/mbed\.button_presses\.a in steps of 60 s.*mts graphite schemas/);
    await sink.close();
  });

  test('carbon that makes three files a minute: those are taken, the others failed in good time', async () => {
    const { ports, url } = await startAnother({ carbon: { MAX_CREATES_PER_MINUTE: '3' } });
    const sink = openSink({ port: ports.plaintext, url, prefix: 'mbed.button_presses', patienceMs: 4_000 });
    const { refused, failed } = await sink.put(many(10));
    expect([refused.length, failed.length]).toEqual([0, 7]);
    expect(sink.trouble()).toMatch(/7 of 10.*MAX_CREATES_PER_MINUTE/);
    await sink.close();
  });

  test('a graphite-web that is not there, or is another server: all failed, soon, with the reason', async () => {
    const { ports } = await graphiteHere();
    const other = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const sink = openSink({ port: ports.plaintext, url, prefix: newPrefix() });
    const began = performance.now();
    expect(await sink.put([total('a')])).toEqual({ refused: [], failed: [total('a')] });
    expect(sink.trouble()).toContain('404');
    other.close();
    other.closeAllConnections();
    await once(other, 'close');
    expect(await sink.put([total('a')])).toEqual({ refused: [], failed: [total('a')] });
    expect(sink.trouble()).toContain('ECONNREFUSED');
    await expect(collect(sink.readBack({ endpoints: ['a'], from: new Date(0), to: new Date() }))).rejects.toMatchObject(
      { code: 'SERVER' },
    );
    expect(performance.now() - began).toBeLessThan(14_000);
    await sink.close();
  });

  test('a picture of it: a PNG of the size that was asked for', async () => {
    const { ports, url } = await graphiteHere();
    const prefix = newPrefix();
    const sink = openSink({ port: ports.plaintext, url, prefix });
    await sink.put(many(5, 3));
    const answer = await fetch(`${url}/render?target=${prefix}.*&from=-6h&width=640&height=360`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    const png = Buffer.from(await answer.arrayBuffer());
    // PNG §5.2 and §11.2.2: signature, then IHDR with width and height.
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.toString('latin1', 12, 16), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['IHDR', 640, 360]);
    const empty = await fetch(`${url}/render?target=${prefix}-nothing.*&from=-6h&width=640&height=360`);
    expect(Buffer.from(await empty.arrayBuffer()).equals(png)).toBe(false);
    await sink.close();
  });
});
