/** Every other verb as a process: what it prints, where, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { send } from '../cloud/ingest/listening.ts';
import { MTS, running, startIngest } from './ingest-process.ts';
import { inFolder, mts, startMts } from './run-mts.ts';

const value = (ep: string, text: string, timestamp: number) => {
  return { ep, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(text), boot: 1, timestamp };
};

/** A folder with a store of a few presses, one stale value and one thing set aside. */
async function withStore<T>(work: (data: string) => Promise<T>): Promise<T> {
  return await inFolder(async (dir) => {
    const ingest = await startIngest(dir);
    const [one, two] = [Date.UTC(2026, 2, 1, 12, 30), Date.UTC(2026, 2, 1, 13, 30)];
    const body = { notifications: [value('a', '3', one), value('a', '3', one), value('b, "c"', '4', two)] };
    await send(ingest.port, 'PUT', '/webhook', {}, JSON.stringify(body));
    await send(ingest.port, 'PUT', '/webhook', {}, '\u001b[2Jno JSON');
    expect(await ingest.stop()).toBe(0);
    return await work(dir);
  });
}

describe('report', () => {
  test('--json is one document', () =>
    withStore(async (data) => {
      const { status, out, err } = await mts('report', '--data', data, '--json');
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(JSON.parse(out)).toEqual({
        hours: [
          { endpoint: 'a', hour: '2026-03-01 12:00:00', count: 3 },
          { endpoint: 'b, "c"', hour: '2026-03-01 13:00:00', count: 4 },
        ],
        setAside: 1,
        stale: 1,
      });
    }));

  test('--csv is quoted as RFC 4180 says', () =>
    withStore(async (data) => {
      const { out } = await mts('report', '--data', data, '--csv');
      expect(out).toBe('endpoint,hour,count\r\na,2026-03-01 12:00:00,3\r\n"b, ""c""",2026-03-01 13:00:00,4\r\n');
    }));

  test('the table has a bar a row, and says what is stale or set aside', () =>
    withStore(async (data) => {
      const { out } = await mts('report', '--data', data);
      expect(out).toMatch(/2026-03-01 12:00 {2}a {8}.* 3 {2}█+/);
      expect(out).toContain('7 presses in 2 rows; 1 stale values; 1 set aside (see `mts aside list`');
    }));

  test('--endpoint, --from and --to choose', () =>
    withStore(async (data) => {
      const counts = async (...words: string[]) => {
        const { out } = await mts('report', '--data', data, '--json', ...words);
        return (JSON.parse(out) as { hours: { count: number }[] }).hours.map(({ count }) => count);
      };
      expect(await counts('--endpoint', 'a')).toEqual([3]);
      expect(await counts('--from', '2026-03-01T13:00Z')).toEqual([4]);
      expect(await counts('--to', '2026-03-01 13:00:00')).toEqual([3]);
      expect(await counts('--from', '2026-03-02')).toEqual([]);
    }));

  test('a long report to a slow reader comes whole', () =>
    inFolder(async (dir) => {
      const ingest = await startIngest(dir);
      const name = (index: number) => `board-${String(index).padStart(200, '0')}`;
      const notifications = Array.from({ length: 5_000 }, (_, index) => value(name(index), '1', Date.UTC(2026, 2, 1)));
      await send(ingest.port, 'PUT', '/webhook', {}, JSON.stringify({ notifications }));
      await ingest.stop();
      const report = spawn(process.execPath, [MTS, 'report', '--data', dir, '--csv'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(report);
      let [bytes, err] = [0, ''];
      report.stderr.on('data', (data: Buffer) => {
        err += data;
      });
      // Reads by turns, so that the writer waits again and again.
      report.stdout.on('data', (data: Buffer) => {
        bytes += data.length;
        report.stdout.pause();
        setImmediate(() => report.stdout.resume());
      });
      expect((await once(report, 'close'))[0]).toBe(0);
      expect(err).toBe('');
      expect(bytes).toBe(
        'endpoint,hour,count\r\n'.length + 5_000 * (name(0).length + ',2026-03-01 00:00:00,1\r\n'.length),
      );
    }));

  test('an empty store is an empty document', () =>
    inFolder(async (dir) => {
      await (await startIngest(dir)).stop();
      expect(JSON.parse((await mts('report', '--data', dir, '--json')).out)).toEqual({
        hours: [],
        setAside: 0,
        stale: 0,
      });
    }));
});

describe('aside', () => {
  test('list shows what and why, harmless on a terminal; replay keeps what is still not understood', () =>
    withStore(async (data) => {
      const { out } = await mts('aside', 'list', '--data', data);
      expect(out).toContain('the body is not JSON');
      expect(out).toContain('·[2Jno JSON');
      expect(out).not.toContain('\u001b');
      const { aside } = JSON.parse((await mts('aside', 'list', '--data', data, '--json')).out);
      expect(Buffer.from(aside[0].body, 'base64').toString()).toBe('\u001b[2Jno JSON');
      const replayed = await mts('aside', 'replay', '--data', data, '--json');
      expect(replayed.status).toBe(1);
      expect(JSON.parse(replayed.out)).toEqual({ understood: 0, kept: 1, presses: 0 });
    }));

  test('replay of a key that is not there is told', () =>
    withStore(async (data) => {
      const { status, err } = await mts('aside', 'replay', '--data', data, '--key', 'unknown');
      expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('has this key') });
    }));

  test('drop forgets what is named, or all', () =>
    withStore(async (data) => {
      expect((await mts('aside', 'drop', '--data', data)).status).toBe(2);
      const drop = async (...words: string[]) =>
        JSON.parse((await mts('aside', 'drop', '--data', data, '--json', ...words)).out);
      expect(await drop('--key', 'unknown')).toEqual({ dropped: 0, kept: 1 });
      expect(await drop('--all')).toEqual({ dropped: 1, kept: 0 });
    }));
});

describe('simulate and verify', () => {
  test('with the header that the receiver demands; the ledger is private and verifies', () =>
    inFolder(async (dir) => {
      const [key, data, ledger] = [join(dir, 'key.txt'), join(dir, 'data'), join(dir, 'ledger.jsonl')];
      await writeFile(key, 'Authorization: Bearer very-secret\n');
      const ingest = await startIngest(data, 0, '--header-file', key, '--log-level', 'debug');
      const words = ['simulate', '--to', ingest.url, '--rate', '100', '--presses', '150', '--json'];
      const without = await mts(...words);
      expect(without).toMatchObject({ status: 3, out: '' });
      expect(without.err).toContain('401');
      const more = ['--header-file', key, '--ledger', ledger, '--data', data];
      const { status, out, err } = await mts(...words, ...more);
      expect({ status, presses: JSON.parse(out).pressed }).toEqual({ status: 0, presses: 150 });
      expect(out + err).not.toContain('very-secret');
      expect((await stat(ledger)).mode & 0o777).toBe(0o600);
      const again = await mts(...words, ...more);
      expect(again.status).toBe(0);
      await ingest.stop();
      const verified = await mts('verify', '--ledger', ledger, '--data', data);
      expect(verified).toMatchObject({ status: 0, err: '' });
      expect(verified.out).toContain('Exact: 150 pressed, 150 counted, 0 lost, 0 doubled, 0 died');
    }));

  test('verify names what was lost and what was doubled, and ends with 1', () =>
    inFolder(async (dir) => {
      const [data, ledger] = [join(dir, 'data'), join(dir, 'ledger.jsonl')];
      const ingest = await startIngest(data);
      await mts(
        'simulate',
        '--to',
        ingest.url,
        '--rate',
        '100',
        '--presses',
        '30',
        '--boards',
        '2',
        '--ledger',
        ledger,
      );
      const lines = (await readFile(ledger, 'utf8')).split('\n');
      // One press of each board is taken out of, and put into, what the ledger tells.
      const first = lines.findIndex((line) => line.includes('board-0001'));
      const second = lines.findIndex((line) => line.includes('board-0002'));
      await ingest.stop();
      await writeFile(ledger, [...lines.slice(0, -2), lines[second]].filter((_, index) => index !== first).join('\n'));
      const { status, out, err } = await mts('verify', '--ledger', ledger, '--data', data);
      expect(status).toBe(1);
      expect(err).toContain('its run was killed');
      expect(err).toContain('does not say what the store held');
      expect(out).toMatch(/board-0001 .*: 1 doubled/);
      expect(out).toMatch(/board-0002 .*: 1 lost/);
    }));

  test('Ctrl-C ends a run without an end; what was pressed is delivered', () =>
    inFolder(async (dir) => {
      const ingest = await startIngest(dir);
      const run = startMts('simulate', '--to', ingest.url, '--schedule', 'poisson:100', '--json');
      for (;;) {
        const { body } = await send(ingest.port, 'GET', '/metrics', {});
        if (Number(/^mts_presses_total (\d+)$/m.exec(body)?.[1]) > 10) break;
      }
      run.interrupt();
      const { status, out } = await run.ended;
      expect(status).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ undelivered: 0, dropped: 0 });
      await ingest.stop();
      const { hours } = JSON.parse((await mts('report', '--data', dir, '--json')).out);
      const total = hours.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
      expect(total).toBe(JSON.parse(out).pressed);
    }));
});

test('two runs at once into one store, each with names of its own, both verify', () =>
  inFolder(async (dir) => {
    const data = join(dir, 'data');
    const ingest = await startIngest(data);
    const ledgers = ['left-', 'right-'].map((prefix) => ({ prefix, ledger: join(dir, `${prefix}.jsonl`) }));
    const runs = ledgers.map(({ prefix, ledger }) => {
      const words = ['--to', ingest.url, '--rate', '100', '--presses', '100', '--prefix', prefix];
      return mts('simulate', ...words, '--data', data, '--ledger', ledger);
    });
    for (const run of runs) expect((await run).status).toBe(0);
    await ingest.stop();
    for (const { ledger } of ledgers) {
      expect(await mts('verify', '--ledger', ledger, '--data', data)).toMatchObject({ status: 0, err: '' });
    }
  }));

test('an address that is not this machine: told to change --host, exit 3', () =>
  inFolder(async (dir) => {
    const { status, err } = await mts('ingest', '--data', dir, '--host', '192.0.2.1');
    expect(status).toBe(3);
    expect(err).toContain('--host');
  }));

test('ingest goes on when the reader of its log is gone', () =>
  inFolder(async (dir) => {
    const child = spawn(process.execPath, [MTS, 'ingest', '--data', dir, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(String(data))),
    );
    const port = Number(new URL((JSON.parse(line) as { webhook: string }).webhook).port);
    child.stderr.destroy();
    for (const body of ['no JSON 1', 'no JSON 2', 'no JSON 3']) {
      expect((await send(port, 'PUT', '/webhook', {}, body)).status).toBe(200);
    }
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  }));

test('page: the live page over a store that another process writes', () =>
  withStore(async (data) => {
    const page = startMts('page', '--data', data, '--port', '0');
    const [, url] = await page.said(/Page on (http:\S+)/);
    expect(await (await fetch(String(url))).text()).toContain('<!doctype html>');
    page.interrupt();
    expect((await page.ended).status).toBe(0);
  }));

test('doctor: one document, and what is needed is there', async () => {
  const { status, out } = await mts('doctor', '--json');
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: { name: string; ok: boolean }[] };
  expect({ status, ok }).toEqual({ status: 0, ok: true });
  expect(checks.find(({ name }) => name === 'Node.js')?.ok).toBe(true);
});

describe('words', () => {
  test.each([
    ['--help', 'mts up'],
    ['up --help', '--faults'],
    ['ingest --help', '--header-file'],
    ['simulate --help', '--schedule'],
    ['report --help', '--csv'],
    ['verify --help', '--ledger'],
    ['aside --help', 'replay'],
    ['page --help', '--port'],
    ['doctor --help', '--json'],
  ])('mts %s has it', async (words, expected) => {
    const { status, out, err } = await mts(...words.split(' '));
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain(expected);
    if (words !== '--help') expect(out).toContain('Examples:');
  });

  test.each([
    ['', 'a verb is missing'],
    ['repot', 'Did you mean report?'],
    ['report', '--data is missing'],
    ['report --data x --bogus', 'Unknown argument: bogus'],
    ['report --data x --json --csv', 'mutually exclusive'],
    ['report --data x --from yesterday', '--from is yesterday, which is no time'],
    ['report --data x --platform cloud', '--platform is cloud'],
    ['up --boards 0', '--boards is 0'],
    ['up --boards many', '--boards is many'],
    ['up --duration 10', '--duration is 10, which is no duration'],
    ['up --rate -1', '--rate is -1'],
    ['up --rate 1 --schedule poisson:1', 'mutually exclusive'],
    ['up --faults rebot=1', 'Did you mean reboot?'],
    ['up --dialect klingon', '--dialect is klingon'],
    ['up --port 99999', '--port is 99999'],
    ['simulate --rate 1', 'Missing required argument: to'],
    ['simulate --to http://127.0.0.1:1/', 'nothing says how often'],
    ['simulate --to ftp://user:pw@x/y --rate 1', 'mts: ftp://x/y is no webhook address'],
    ['report --data x --data y', '--data is given more than once'],
    ['report --data x --endpoint a --endpoint b', '--endpoint is given more than once'],
    ['up --no-data', 'Unknown argument'],
    ['ingest --data x --max-aside lots', '--max-aside is lots, which is no size'],
    ['aside list', '--data is missing'],
    ['aside burn --data x', 'burn'],
  ])('mts %s: told what is wrong, exit 2', async (words, expected) => {
    const { status, out, err } = await mts(...words.split(' ').filter((word) => word !== ''));
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(expected);
    expect(err).not.toContain('bug');
  });

  test.each([
    ['report --data /nowhere/at/all', 'there is no store'],
    ['verify --ledger /nowhere/at/all --data x', 'cannot be read: ENOENT'],
    ['ingest --data /dev/null/x', 'cannot be opened'],
    ['ingest --data x --header-file /nowhere', 'cannot be read: ENOENT'],
    ['verify --ledger /etc/hostname --data x', 'bad ledger'],
    ['up --data /proc/none/x --duration 1s', 'cannot be opened'],
    ['simulate --to http://127.0.0.1:1/webhook --rate 1', 'ECONNREFUSED'],
  ])('mts %s: what is missing outside, exit 3', async (words, expected) => {
    const { status, out, err } = await mts(...words.split(' '));
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toContain(expected);
  });
});
