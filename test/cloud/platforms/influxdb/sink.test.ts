/** What InfluxDB's own rules make of our points: names, types, users, retention, databases, a server that ends. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReadableSink } from '../../../../cloud/ingest/sink.ts';
import type { HourlyCount } from '../../../../cloud/ingest/store.ts';
import { nameRefusal } from '../../../../cloud/platforms/influxdb/point.ts';
import { influxSink } from '../../../../cloud/platforms/influxdb/sink.ts';
import { hourOf } from '../../../../cloud/protocol/hour.ts';
import { ask, influxHere, influxWanted, newDatabase, serverAt, sleep, startAnother } from './influx-here.ts';

const HOUR = hourOf(Date.now());
const EVER = { from: new Date(0), to: new Date(Date.UTC(9999, 0)) };

async function shown(sink: ReadableSink, endpoints: readonly string[]): Promise<HourlyCount[]> {
  const counts: HourlyCount[] = [];
  for await (const count of sink.readBack({ ...EVER, endpoints })) counts.push(count);
  return counts.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

const total = (endpoint: string, count: number, hour = HOUR): HourlyCount => ({ endpoint, hour, count });

(influxWanted ? describe : describe.skip)("with Debian's InfluxDB", () => {
  const open = async (database = newDatabase(), patienceMs = 15_000) => {
    const { url } = await influxHere();
    return {
      url,
      database,
      sink: influxSink({ server: serverAt(url, { database }), now: Date.now, sleep, patienceMs }),
    };
  };

  test('whatever a board is called, its total is shown under that name, or refused', async () => {
    const { sink } = await open();
    const name = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom('\\', ' ', ',', '=', '"', "'", '{', '*', '#'),
          fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        ),
        minLength: 1,
        maxLength: 20,
      })
      .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 30 }), async (names) => {
        // Each run has hours of its own.
        serial += 1;
        const hour = hourOf(Date.UTC(2020, 0, 1) + serial * 3_600_000);
        const totals = names.map((endpoint, index) => total(endpoint, index + 1, hour));
        const { refused, failed } = await sink.put(totals);
        expect(failed).toEqual([]);
        const kept = totals.filter(({ endpoint }) => nameRefusal(endpoint) === undefined);
        expect(refused.map(({ count }) => count)).toEqual(totals.filter((one) => !kept.includes(one)));
        const there = (await shown(sink, names)).filter((count) => count.hour === hour);
        expect(there).toEqual(kept.toSorted((a, b) => (a.endpoint < b.endpoint ? -1 : 1)));
      }),
      { numRuns: 40 },
    );
  });

  test('a line end, which only an import could bring, is refused and ends no line', async () => {
    const { sink } = await open();
    const bad = total('a\nbutton_presses,endpoint=b count=9i', 1);
    expect((await sink.put([bad, total('c', 2)])).refused).toEqual([
      { count: bad, reason: expect.stringMatching(/control/) },
    ]);
    expect(await shown(sink, ['b', 'c'])).toEqual([total('c', 2)]);
  });

  test('256 characters, and counts beyond 32 bits', async () => {
    const { sink } = await open();
    const totals = [total('日'.repeat(256), 5), total('x'.repeat(256), 3_000_000_000)].sort((a, b) =>
      a.endpoint < b.endpoint ? -1 : 1,
    );
    expect(await sink.put(totals)).toEqual({ refused: [], failed: [] });
    expect(
      await shown(
        sink,
        totals.map(({ endpoint }) => endpoint),
      ),
    ).toEqual(totals);
  });

  test('a point that the server refuses is found among many, and the others are taken', async () => {
    const { url, database, sink } = await open();
    await ask(url, '', `CREATE DATABASE ${JSON.stringify(database)}`);
    const policy = 'CREATE RETENTION POLICY short ON';
    await ask(url, '', `${policy} ${JSON.stringify(database)} DURATION 2h REPLICATION 1 DEFAULT`);
    const good = Array.from({ length: 100 }, (_, index) => total(`board-${index}`, index + 1));
    const old = total('old', 7, '2020-01-01 00:00:00');
    const { refused, failed } = await sink.put([...good.slice(0, 61), old, ...good.slice(61)]);
    expect(failed).toEqual([]);
    expect(refused).toEqual([{ count: old, reason: expect.stringMatching(/retention policy/) }]);
    expect(
      await shown(
        sink,
        good.map(({ endpoint }) => endpoint),
      ),
    ).toHaveLength(100);
  });

  test('a field that somebody wrote as another type keeps the points out, with the reason', async () => {
    const { url, database, sink } = await open();
    await ask(url, '', `CREATE DATABASE ${JSON.stringify(database)}`);
    const body = `button_presses,endpoint=a count=1.5 ${Math.floor(Date.now() / 1000)}`;
    await fetch(`${url}/write?${new URLSearchParams({ db: database, precision: 's' })}`, { method: 'POST', body });
    const { refused } = await sink.put([total('a', 3), total('b', 4)]);
    expect(refused.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/conflict/),
      expect.stringMatching(/conflict/),
    ]);
  });

  test('what is not ours in the measurement is passed over', async () => {
    const { url, database, sink } = await open();
    await sink.put([total('a', 3)]);
    const body = `button_presses,endpoint=a count=9i ${Math.floor(Date.now() / 3_600_000) * 3_600 + 61}`;
    await fetch(`${url}/write?${new URLSearchParams({ db: database, precision: 's' })}`, { method: 'POST', body });
    expect(await shown(sink, ['a'])).toEqual([total('a', 3)]);
  });

  test('reads from the hour that holds the beginning to before the end, whatever millisecond these are', async () => {
    const { sink } = await open();
    const hours = [10, 11, 12, 13].map((hour) => total('a', hour, `2026-03-01 ${hour}:00:00`));
    await sink.put(hours);
    const read = async (from: number, to: number): Promise<number[]> => {
      const counts: number[] = [];
      const query = { endpoints: ['a'], from: new Date(from), to: new Date(to) };
      for await (const { count } of sink.readBack(query)) counts.push(count);
      return counts;
    };
    const eleven = Date.UTC(2026, 2, 1, 11);
    expect(await read(eleven + 1_800_123, eleven + 3_600_001)).toEqual([11, 12]);
    expect(await read(eleven, eleven + 3_600_000)).toEqual([11]);
  });

  test('a database that is not there is made; read before that, it holds nothing', async () => {
    const { sink } = await open();
    expect(await shown(sink, ['a'])).toEqual([]);
    expect(await sink.put([total('a', 3)])).toEqual({ refused: [], failed: [] });
    expect(await shown(sink, ['a'])).toEqual([total('a', 3)]);
  });

  test('users and passwords: the right one writes, a wrong one waits and says why, one without rights as well', async () => {
    const { url } = await startAnother({ auth: true });
    await ask(url, '', `CREATE USER admin WITH PASSWORD 'right' WITH ALL PRIVILEGES`);
    const as = (login: string) => {
      const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
      return influxSink({ server: serverAt(url, { authorization, database: 'mbed' }), now: Date.now, sleep });
    };
    const [right, wrong] = [as('admin:right'), as('admin:wrong')];
    expect(await right.put([total('a', 3)])).toEqual({ refused: [], failed: [] });
    expect(await wrong.put([total('a', 4)])).toEqual({ refused: [], failed: [total('a', 4)] });
    expect(wrong.trouble?.()).toMatch(/401 .*authori[sz]ation failed/i);
    await expect(shown(wrong, ['a'])).rejects.toMatchObject({ code: 'SERVER' });
    const admin = `Basic ${Buffer.from('admin:right').toString('base64')}`;
    const query = new URLSearchParams({ q: `CREATE USER reader WITH PASSWORD 'x'; GRANT READ ON mbed TO reader` });
    const made = await fetch(`${url}/query?${query}`, { method: 'POST', headers: { authorization: admin } });
    // Its status comes before the statements are worked off, its results after.
    expect(await made.json()).toEqual({ results: [{ statement_id: 0 }, { statement_id: 1 }] });
    const reader = as('reader:x');
    expect((await reader.put([total('a', 4)])).failed).toHaveLength(1);
    expect(reader.trouble?.()).toMatch(/403/);
    expect(await shown(reader, ['a'])).toEqual([total('a', 3)]);
  });

  test('a server that ends and starts again has what it took, and takes what failed meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'influx-'));
    const first = await startAnother({ folder });
    const sink = influxSink({ server: serverAt(first.url, { database: 'mbed' }), now: Date.now, sleep });
    await sink.put([total('a', 3)]);
    await first.close();
    expect(await sink.put([total('b', 4)])).toEqual({ refused: [], failed: [total('b', 4)] });
    expect(sink.trouble?.()).toMatch(/ECONNREFUSED/);
    await startAnother({ folder, port: first.port });
    expect(await sink.put([total('b', 4)])).toEqual({ refused: [], failed: [] });
    expect(await shown(sink, ['a', 'b'])).toEqual([total('a', 3), total('b', 4)]);
  });
});
