/** Where InfluxDB is, and what logs in there, as words and files. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openInfluxSink } from '../../../scripts/influxdb/sink.ts';
import { influxFrom } from '../../../scripts/influxdb/words.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-influx-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function file(text: string, mode = 0o600): Promise<string> {
  const path = join(dir, 'secret');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test('without words it is this machine, without a login', async () => {
  expect(await influxFrom({}, {})).toEqual({ url: 'http://127.0.0.1:8086/', database: 'mbed' });
});

test('an address below a path keeps it', async () => {
  const plan = await influxFrom(
    { influxUrl: 'https://host/influx', influxDatabase: 'a b', influxRetentionPolicy: 'r' },
    {},
  );
  expect(plan).toEqual({ url: 'https://host/influx/', database: 'a b', retentionPolicy: 'r' });
});

test('a token from its file, or from the environment; a login from its file', async () => {
  expect(await influxFrom({ influxTokenFile: await file('abc==\n') }, {})).toMatchObject({
    authorization: 'Token abc==',
  });
  expect(await influxFrom({}, { INFLUX_TOKEN: 'env' })).toMatchObject({ authorization: 'Token env' });
  const login = await influxFrom({ influxLoginFile: await file('mts:a:b\n') }, { INFLUX_TOKEN: 'env' });
  expect(login).toMatchObject({ authorization: `Basic ${Buffer.from('mts:a:b').toString('base64')}` });
});

test.each([
  ['no address', { influxUrl: 'host:8086' }],
  ['with a login in it', { influxUrl: 'http://a:b@host' }],
  ['with a query', { influxUrl: 'http://host/?db=x' }],
  ['no database', { influxDatabase: '' }],
  ['a database of two lines', { influxDatabase: 'a\nb' }],
])('%s is refused', async (_what, words) => {
  await expect(influxFrom(words, {})).rejects.toMatchObject({ code: 'USAGE' });
});

test('a secret is not sent in the clear, unless to this machine', async () => {
  const influxTokenFile = await file('secret');
  const over = influxFrom({ influxUrl: 'http://example.org', influxTokenFile }, {});
  await expect(over).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('in the clear') });
  await influxFrom({ influxUrl: 'https://example.org', influxTokenFile }, {});
  await influxFrom({ influxUrl: 'http://[::1]:8086', influxTokenFile }, {});
});

test('a file that others may read, that holds more than a line, or is not there, is refused without saying what it holds', async () => {
  const open = influxFrom({ influxTokenFile: await file('secret', 0o644) }, {});
  await expect(open).rejects.toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('secret\n') });
  const two = influxFrom({ influxTokenFile: await file('one\ntwo') }, {});
  await expect(two).rejects.toMatchObject({ code: 'USAGE' });
  const none = influxFrom({ influxTokenFile: 'the-token-itself' }, {});
  await expect(none).rejects.toMatchObject({ code: 'FILE', message: expect.not.stringContaining('the-token') });
  const noLogin = influxFrom({ influxLoginFile: await file('nocolon') }, {});
  await expect(noLogin).rejects.toMatchObject({ code: 'USAGE' });
  const both = influxFrom({ influxLoginFile: 'a', influxTokenFile: 'b' }, {});
  await expect(both).rejects.toMatchObject({ code: 'USAGE' });
});

test('a server that is merely down is opened: what it is told waits', async () => {
  const plan = await influxFrom({ influxUrl: 'http://127.0.0.1:9' }, {});
  const sink = await openInfluxSink(plan, { now: Date.now, sleep: async () => undefined });
  const count = { endpoint: 'a', hour: '2026-03-01 12:00:00', count: 1 };
  expect(await sink.put([count])).toEqual({ refused: [], failed: [count] });
  await sink.close();
});
