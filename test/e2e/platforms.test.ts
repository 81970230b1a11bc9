/** The other platforms as processes: each counts exactly and its sink shows it; sinks that go and come back; counts that move. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { azuriteHere, azuriteWanted } from '../cloud/platforms/azure/azurite-here.ts';
import { firestoreHere, firestoreWanted, pubsubWanted } from '../cloud/platforms/google/emulators-here.ts';
import { graphiteWanted } from '../cloud/platforms/graphite/graphite-here.ts';
import { influxWanted, startAnother } from '../cloud/platforms/influxdb/influx-here.ts';
import { startIngest } from './ingest-process.ts';
import { inFolder, mts, startMts } from './run-mts.ts';

const WANTED = {
  influxdb: influxWanted,
  graphite: graphiteWanted,
  azure: azuriteWanted,
  google: firestoreWanted && pubsubWanted,
} as const;

describe.each(Object.keys(WANTED) as (keyof typeof WANTED)[])('%s', (platform) => {
  (WANTED[platform] ? test : test.skip)(
    'up: every press is counted once, and the sink shows it; again in the same folder too',
    () =>
      inFolder(async (data) => {
        const words = [
          '--port',
          '0',
          '--duration',
          '3s',
          '--boards',
          '5',
          '--rate',
          '50',
          '--via',
          'webhook',
          '--data',
          data,
        ];
        for (const seed of ['4', '5']) {
          const faults = 'redeliver=0.2,concurrent=0.1,lost-answer=0.1,reboot=0.01';
          const ran = await mts('up', '--platform', platform, ...words, '--seed', seed, '--faults', faults, '--json');
          const { counted, pressed, sink, ...rest } = JSON.parse(ran.out);
          expect({ status: ran.status, ...rest }).toMatchObject({ status: 0, lost: 0, doubled: 0, setAside: 0 });
          expect(counted).toBe(pressed);
          expect(sink.differences).toEqual([]);
          expect(sink.shown).toBeGreaterThanOrEqual(counted);
        }
      }),
  );
});

(influxWanted ? describe : describe.skip)('ingest, with InfluxDB as its sink', () => {
  const press = ['simulate', '--boards', '3', '--rate', '50', '--duration', '1s', '--seed', '1'];

  test('a server that is not there, goes and comes back is told all of it; verify says so, and when it is not so', () =>
    inFolder(async (dir) => {
      const [data, ledger] = [join(dir, 'data'), join(dir, 'ledger')];
      const folder = join(dir, 'influx');
      const first = await startAnother({ folder });
      const words = ['--platform', 'influxdb', '--influx-url', first.url];
      await first.close();
      // It is down, and counting begins all the same.
      const ingest = await startIngest(data, 0, ...words);
      const sent = await mts(...press, '--to', ingest.url, '--ledger', ledger, '--data', data);
      expect(sent.status).toBe(0);
      const verify = (...more: string[]) => mts('verify', '--ledger', ledger, '--data', data, ...words, ...more);
      expect((await verify()).status).toBe(0);
      expect(await verify('--sink')).toMatchObject({
        status: 3,
        err: expect.stringMatching(/InfluxDB could not be read: ECONNREFUSED/),
      });
      const metrics = async () => (await fetch(new URL('/metrics', ingest.url))).text();
      expect(await metrics()).toMatch(/^mts_sink_up\{sink="influxdb"\} 0$/m);
      await startAnother({ folder, port: first.port });
      // The forwarder looks again after 1, 2, 4 … seconds.
      const until = Date.now() + 60_000;
      let shown = await verify('--sink');
      while (shown.status !== 0 && Date.now() < until) shown = await verify('--sink');
      expect(shown).toMatchObject({
        status: 0,
        out: expect.stringMatching(/^Exact: .*\ninfluxdb shows the same: 50 presses/),
      });
      expect(await metrics()).toMatch(/^mts_sink_told_total\{sink="influxdb"\} [1-9]\d*$/m);
      expect(await ingest.stop()).toBe(0);
      // What is counted last before the end is told.
      const again = await startIngest(data, 0, ...words);
      const last = join(dir, 'last');
      await mts(...press, '--to', again.url, '--ledger', last, '--data', data, '--prefix', 'last-');
      expect(await again.stop()).toBe(0);
      expect((await mts('verify', '--ledger', last, '--data', data, ...words, '--sink')).status).toBe(0);
      // What is written there by somebody else is seen.
      const line = `button_presses,endpoint=board-0001 count=1i ${Math.floor(Date.now() / 3_600_000) * 3_600}`;
      await fetch(`${first.url}/write?db=mbed&precision=s`, { method: 'POST', body: line });
      expect(await verify('--sink', '--json')).toMatchObject({
        status: 1,
        out: expect.stringContaining('"differences":[{'),
      });
      // Told everything again it is right again, of every board, without a ledger too.
      const retold = await startIngest(data, 0, ...words, '--retell');
      // A name that no line of InfluxDB's can have: counted, not shown, and said with the reason.
      const value = { ep: 'end\\', path: '/3200/0/5501', payload: btoa('4'), boot: Date.now() };
      await fetch(retold.url, { method: 'PUT', body: JSON.stringify({ notifications: [value] }) });
      expect(await retold.stop()).toBe(0);
      expect((await verify('--sink')).status).toBe(0);
      const all = await mts('verify', '--data', data, ...words, '--sink');
      expect(all.status).toBe(0);
      expect(all.out).toMatch(
        /^influxdb shows the same: 100 presses in \d+ hours of boards\nbut for 4 presses in 1 hours/,
      );
      expect(all.out).toContain('that influxdb refuses, like end\\ at ');
    }));

  test('a wrong password is refused at the start; one process a folder feeds the sink, and the next takes over', () =>
    inFolder(async (dir) => {
      const { url } = await startAnother({ folder: join(dir, 'influx'), auth: true });
      const asAdmin = (q: string) =>
        fetch(`${url}/query?${new URLSearchParams({ q, u: 'admin', p: 'x' })}`, { method: 'POST' });
      await asAdmin("CREATE USER admin WITH PASSWORD 'x' WITH ALL PRIVILEGES");
      const login = join(dir, 'login');
      const words = ['--platform', 'influxdb', '--influx-url', url, '--influx-login-file', login];
      await writeFile(login, 'admin:wrong\n', { mode: 0o600 });
      const data = join(dir, 'data');
      expect(await mts('ingest', '--data', data, '--port', '0', ...words)).toMatchObject({
        status: 3,
        err: expect.stringMatching(/does not take us/),
      });
      await writeFile(login, 'admin:x\n');
      const [one, other] = [await startIngest(data, 0, ...words), await startIngest(data, 0, ...words)];
      await one.kill();
      const ledger = join(dir, 'ledger');
      expect((await mts(...press, '--to', other.url, '--ledger', ledger, '--data', data)).status).toBe(0);
      const verify = () => mts('verify', '--ledger', ledger, '--data', data, ...words, '--sink');
      const until = Date.now() + 60_000;
      let shown = await verify();
      while (shown.status !== 0 && Date.now() < until) shown = await verify();
      expect(shown.status).toBe(0);
      expect(await other.stop()).toBe(0);
    }));
});

const MOVES = [
  ['azure', azuriteWanted, async () => ({ AZURE_STORAGE_CONNECTION_STRING: (await azuriteHere()).connectionString })],
  [
    'google',
    firestoreWanted,
    async () => ({ FIRESTORE_EMULATOR_HOST: (await firestoreHere()).host, GOOGLE_CLOUD_PROJECT: 'copy-test' }),
  ],
] as const;

describe.each(MOVES)('counts moved to %s', (platform, wanted, environment) => {
  (wanted ? test : test.skip)('report, page and verify show the same there, and back home again', () =>
    inFolder(async (dir) => {
      Object.assign(process.env, await environment());
      const [data, ledger] = [join(dir, 'data'), join(dir, 'ledger')];
      const ingest = await startIngest(data);
      const words = ['--boards', '7', '--rate', '100', '--duration', '2s', '--seed', '3', '--faults', 'reboot=0.02'];
      await mts('simulate', '--to', ingest.url, '--ledger', ledger, '--data', data, ...words);
      await ingest.stop();
      const here = ['--data', data];
      const there = ['--platform', platform];
      // What is set aside is in a bucket there, which this test has only of Azure.
      const boards =
        platform === 'google'
          ? Array.from({ length: 7 }, (_, index) => ['--endpoint', `board-000${index + 1}`]).flat()
          : [];
      const copied = await mts('copy', '--from', `local:${data}`, '--to', platform, '--json', ...boards);
      expect(JSON.parse(copied.out)).toMatchObject({ copied: 7, refused: [] });
      const csv = async (place: readonly string[]) => (await mts('report', ...place, '--csv')).out;
      const expected = await csv(here);
      expect(expected.split('\n').length).toBeGreaterThan(7);
      expect(await csv(there)).toBe(expected);
      expect(await mts('verify', '--ledger', ledger, ...there)).toMatchObject({
        status: 0,
        out: (await mts('verify', '--ledger', ledger, ...here)).out,
      });
      expect(await pageOf(there)).toEqual(await pageOf(here));
      const back = await mts('copy', '--from', platform, '--to', `local:${join(dir, 'back')}`, ...boards);
      expect(back.status).toBe(0);
      expect(await csv(['--data', join(dir, 'back')])).toBe(expected);
    }),
  );
});

/** What the page's own interface tells. */
async function pageOf(place: readonly string[]): Promise<unknown> {
  const page = startMts('page', ...place, '--port', '0');
  const [, origin] = await page.said(/Page on (http:\S+)\//);
  const answer = await fetch(`${origin}/api/series`);
  const { hours, total, series, others } = (await answer.json()) as Readonly<Record<string, unknown>>;
  page.interrupt();
  expect((await page.ended).status).toBe(0);
  return { status: answer.status, hours, total, series, others };
}
