/** `webhook`, `subscribe` and `unsubscribe` through the real parser, against a service and a receiver on this machine. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Io } from '../../scripts/cli.ts';
import { KEY, NOW } from '../cloud/connector/client/opened.ts';
import { V2Api } from '../cloud/connector/client/v2-api.ts';
import { type Listening, listen } from '../cloud/ingest/listening.ts';
import { type Ran, runVerb } from './run-verb.ts';

const SECRET = 'value-of-the-header';
let [dir, keyFile, headerFile] = ['', '', ''];
let receiver: Listening;
let api: V2Api;
/** All that any verb printed in a test. */
let printed = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-service-'));
  [keyFile, headerFile] = [join(dir, 'api-key.txt'), join(dir, 'key.txt')];
  await writeFile(keyFile, `${KEY}\n`, { mode: 0o600 });
  await writeFile(headerFile, `X-Api-Key: ${SECRET}\n`, { mode: 0o600 });
  receiver = await listen({ header: { name: 'x-api-key', value: SECRET } });
});
afterAll(async () => {
  await receiver.stop();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  api = await new V2Api(KEY, 'pelion').listen();
  printed = '';
});
afterEach(async () => {
  await api.close();
  expect(printed).not.toContain(KEY);
  expect(printed).not.toContain(SECRET);
});

async function run(words: readonly string[], more: Partial<Io> = {}): Promise<Ran> {
  const ran = await runVerb(words, { now: () => NOW, ...more });
  printed += ran.out + ran.err;
  return ran;
}

const at = (): string[] => ['--host', api.origin, '--key-file', keyFile];
const register = (...words: string[]): string[] => ['webhook', 'register', ...at(), '--url', receiver.url, ...words];
const withHeader = (...words: string[]): string[] => register('--header-file', headerFile, ...words);

describe('webhook register', () => {
  test('the service tries the receiver, and takes it', async () => {
    const { status, out, err } = await run(withHeader());
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      `Registered ${receiver.url}\n  with X-Api-Key\n  events with uid and timestamp, at most 5000 in a message\n`,
    );
    expect(api.callback).toMatchObject({ url: receiver.url, headers: { 'X-Api-Key': SECRET } });
  });

  test('--json is one document', async () => {
    const { out, err } = await run(withHeader('--json', '--chunk', '200', '--subscribe'));
    expect(err).toMatch(/^Registered .*\n {2}with X-Api-Key\n.*\n.*Subscribed to \/3200\/0\/5501 of every board\n$/);
    expect(JSON.parse(out)).toEqual({
      registered: true,
      changed: true,
      url: receiver.url,
      headers: ['X-Api-Key'],
      serialization: {
        type: 'v2',
        max_chunk_size: 200,
        cfg: { deregistrations_as_object: true, include_uid: true, include_timestamp: true },
      },
      refused: null,
      subscribed: { changed: true, rules: [{ 'resource-path': ['/3200/0/5501'] }] },
    });
  });

  test('a receiver that demands another header: exit 3, and why', async () => {
    const { status, out, err } = await run(register());
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toContain('without --header-file, whoever finds the URL can send presses to it');
    expect(err).toContain('It says: the URL cannot be used: 401');
    expect(err).toContain('must be answered 200 or 204 within 20 s');
  });

  test('Device Connector: without serialization, and said so in both ways', async () => {
    await api.close();
    api = await new V2Api(KEY, 'mdc').listen();
    const { status, out, err } = await run(withHeader('--json'));
    expect(status).toBe(0);
    expect(err).toContain('only without serialization (400, unknown field: serialization)');
    expect(JSON.parse(out)).toMatchObject({
      serialization: null,
      refused: { status: 400, reason: 'unknown field: serialization' },
    });
  });

  test('more than 400 characters are not even asked about; how many too many is told', async () => {
    const url = `https://example.com/${'x'.repeat(400 - 20 - 'X-Api-Key'.length - SECRET.length)}`;
    const words = ['webhook', 'register', ...at(), '--header-file', headerFile, '--url'];
    const fits = await run([...words, url]);
    expect(fits.status).toBe(3);
    expect(api.asked.length).toBeGreaterThan(0);
    api.asked.length = 0;
    const { status, err } = await run([...words, `${url}12`]);
    expect(status).toBe(2);
    expect(err).toContain('402 characters together, 2 more than the 400');
    expect(api.asked).toEqual([]);
  });

  test('several header files; the same header twice is refused', async () => {
    const second = join(dir, 'second.txt');
    await writeFile(second, 'X-Site: a\n');
    await run(withHeader('--header-file', second));
    expect(api.callback?.headers).toEqual({ 'X-Api-Key': SECRET, 'X-Site': 'a' });
    await writeFile(second, 'x-api-key: b\n');
    expect(await run(withHeader('--header-file', second))).toMatchObject({
      status: 2,
      err: expect.stringContaining('two of the header files hold x-api-key'),
    });
  });

  test.each([
    [['--chunk', '5001'], 'may be too large for AWS Lambda'],
    [['--chunk', '5000'], ''],
  ])('%j', async (words, warning) => {
    const { status, err } = await run(withHeader(...words));
    expect(status).toBe(0);
    if (warning === '') expect(err).toBe('');
    else expect(err).toContain(warning);
  });

  test('a key file that others may read is told', async () => {
    const open = join(dir, 'open.txt');
    await writeFile(open, KEY);
    await chmod(open, 0o644);
    const { status, err } = await run(['webhook', 'show', '--host', api.origin, '--key-file', open]);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(`chmod 600 ${open}`) });
  });

  test('--ensure leaves what is there, and mends what is not', async () => {
    expect((await run(withHeader('--ensure'))).out).toContain(`Registered ${receiver.url}\n`);
    const again = await run(withHeader('--ensure'));
    expect(again).toMatchObject({ status: 0, out: `${receiver.url} is registered already\n` });
    expect(JSON.parse((await run(withHeader('--ensure', '--json'))).out)).toEqual({
      registered: true,
      changed: false,
      url: receiver.url,
      headers: ['X-Api-Key'],
    });
    api.callback = { url: 'https://user:hidden@other.example/?code=hidden', headers: {} };
    const { out } = await run(withHeader('--ensure'));
    expect(out).toContain('https://***@other.example/?code=*** was registered there before');
    expect(printed).not.toContain('hidden');
    expect(api.callback).toMatchObject({ url: receiver.url });
  });

  test('--every looks on until Ctrl-C, and tells each time it had to', async () => {
    const stop = new AbortController();
    const waits: number[] = [];
    // A service that does not tell header values: what it shows is never what was sent.
    api.echo = () => '***';
    const registers = (callback: typeof api.callback): void => {
      api.callback = callback;
    };
    /** What happens while it waits, in turn. */
    const meanwhile: (() => unknown)[] = [
      () => undefined,
      () => registers(undefined),
      () => registers({ url: 'http://other.example/', headers: {} }),
      () => api.rules.splice(0),
      () => api.scripted.push({ status: 401, body: `no ${KEY}` }),
      () => undefined,
      () => stop.abort(),
    ];
    const sleep = async (ms: number): Promise<void> => {
      waits.push(ms);
      if (meanwhile.length === 0) throw new Error('it goes on');
      meanwhile.shift()?.();
    };
    const words = withHeader('--ensure', '--every', '30s', '--subscribe');
    const { status, out, err } = await run(words, { sleep, stop: stop.signal });
    const time = '2026-03-01T12:00:00.000Z';
    expect(status).toBe(0);
    expect(out.split('\n').slice(3)).toEqual([
      `${time} Subscribed to /3200/0/5501 of every board`,
      `${time} Registered ${receiver.url} again: it was gone`,
      `${time} Registered ${receiver.url} again: http://other.example/ was registered there; ` +
        'does another program use this API key?',
      `${time} Subscribed to /3200/0/5501 of every board`,
      '',
    ]);
    expect(err).toMatch(/answered 401 when asking for the webhook: it does not know the API key. It says: no \*\*\*\n/);
    expect(err).toContain('It is tried again in 10 s.');
    expect(waits.map((ms) => ms / 1000)).toEqual([30, 30, 30, 30, 30, 10, 30]);
  });

  test('--every with a wrong key ends at once', async () => {
    const wrong = join(dir, 'wrong.txt');
    await writeFile(wrong, 'ak_wrong', { mode: 0o600 });
    const words = ['webhook', 'register', '--host', api.origin, '--key-file', wrong, '--url', receiver.url];
    const { status, err } = await run([...words, '--ensure', '--every', '30s']);
    expect(status).toBe(3);
    expect(err).toContain('it does not know the API key');
  });
});

describe('webhook show and delete', () => {
  test('the URL and the names of headers, without values; made harmless', async () => {
    api.callback = { url: 'https://h.example/w?code=hidden-code', headers: { 'X-Api-Key': SECRET, 'a\u001bb': 'x' } };
    const { status, out } = await run(['webhook', 'show', ...at()]);
    expect({ status, out }).toEqual({ status: 0, out: 'https://h.example/w?code=***\n  X-Api-Key: ***\n  a·b: ***\n' });
    const { out: json } = await run(['webhook', 'show', ...at(), '--json']);
    expect(JSON.parse(json)).toEqual({
      registered: true,
      url: 'https://h.example/w?code=***',
      headers: ['X-Api-Key', 'a\u001bb'],
    });
  });

  test('none: exit 1', async () => {
    expect(await run(['webhook', 'show', ...at()])).toEqual({
      status: 1,
      out: `Nothing is registered at ${api.origin}\n`,
      err: '',
    });
    expect(await run(['webhook', 'show', ...at(), '--json'])).toMatchObject({
      status: 1,
      out: '{"registered":false}\n',
    });
  });

  test('delete says what goes with it; of none there is nothing to delete', async () => {
    await run(withHeader('--subscribe'));
    const { status, out } = await run(['webhook', 'delete', ...at()]);
    expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining('subscriptions of the key') });
    expect(api).toMatchObject({ callback: undefined, rules: [] });
    expect(await run(['webhook', 'delete', ...at()])).toMatchObject({
      status: 0,
      out: expect.stringContaining('Nothing'),
    });
    expect((await run(['webhook', 'delete', ...at(), '--json'])).out).toBe('{"deleted":false}\n');
  });
});

describe('subscribe and unsubscribe', () => {
  const button = { 'resource-path': ['/3200/0/5501'] };
  const other = { 'endpoint-name': 'x\u001b' };

  test('the button of every board, beside other rules, once; and back', async () => {
    api.rules = [other];
    const { status, out, err } = await run(['subscribe', ...at()]);
    expect({ status, out }).toEqual({
      status: 0,
      out: 'Subscribed to /3200/0/5501 of every board\nThe key has 2 rules: see --json\n',
    });
    expect(err).toContain('drops all subscriptions made one by one');
    const again = await run(['subscribe', ...at(), '--json']);
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(JSON.parse(again.out)).toEqual({ changed: false, rules: [other, button] });
    const back = await run(['unsubscribe', ...at()]);
    expect(back.out).toBe('No longer subscribed: /3200/0/5501 of every board; 1 other rule stays\n');
    expect(api.rules).toEqual([other]);
    expect(JSON.parse((await run(['unsubscribe', ...at(), '--json'])).out)).toEqual({ changed: false, rules: [other] });
  });

  test('which boards and what of them', async () => {
    const words = ['--endpoint', 'board-*', '--type', 'test', '--path', '/3200/*', '--path', '/3303/0/5700'];
    const { out } = await run(['subscribe', ...at(), ...words]);
    expect(out).toBe('Subscribed to /3200/*, /3303/0/5700 of board board-* of type test\n');
    expect(api.rules).toEqual([
      { 'endpoint-name': 'board-*', 'endpoint-type': 'test', 'resource-path': ['/3200/*', '/3303/0/5700'] },
    ]);
    expect((await run(['unsubscribe', ...at()])).out).toContain('There was no such subscription');
    await run(['unsubscribe', ...at(), ...words]);
    expect(api.rules).toEqual([]);
  });

  test('--replace leaves only this one, and writes nothing if it is so', async () => {
    api.rules = [other, button];
    expect(JSON.parse((await run(['subscribe', ...at(), '--replace', '--json'])).out)).toEqual({
      changed: true,
      rules: [button],
    });
    expect(JSON.parse((await run(['subscribe', ...at(), '--replace', '--json'])).out).changed).toBe(false);
  });

  test('--all deletes every rule', async () => {
    api.rules = [other, button];
    expect((await run(['unsubscribe', ...at(), '--all'])).status).toBe(0);
    expect(api.rules).toEqual([]);
  });

  test('more rules than a key has are not sent', async () => {
    api.rules = Array.from({ length: 1024 }, (_, at) => ({ 'endpoint-name': `board-${at}` }));
    const { status, err } = await run(['subscribe', ...at()]);
    expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('1025 rules; 1024') });
    expect(api.calls).toEqual(['GET /v2/subscriptions']);
  });
});

describe('words: told what is wrong, exit 2, and nothing is asked', () => {
  test.each([
    ['webhook', 'an action is missing'],
    ['webhook burn', 'Unknown'],
    ['webhook show', 'Missing required argument: key-file'],
    ['webhook register K', 'Missing required argument: url'],
    ['webhook register K --url ftp://me:hidden@h/', '--url is no address of a webhook'],
    ['webhook register K --url https://h/?a=hidden#b', '--url is https://h/?a=*** and a #'],
    ['webhook register K --url https://h/ --chunk 99', '--chunk is 99'],
    ['webhook register K --url https://h/ --chunk 10001', '--chunk is 10001'],
    ['webhook register K --url https://h/ --every 30s', '--every is given without --ensure'],
    ['webhook register K --url https://h/ --ensure --every 30', '--every is 30, which is no duration'],
    ['webhook register K --url https://h/ --url https://i/', '--url is given more than once'],
    ['webhook show K --url https://h/', 'Unknown argument: url'],
    ['webhook show K --host api.example.com', '--host is no address'],
    ['webhook show K --host http://api.example.com', '--insecure'],
    ['webhook show K --host https://me:hidden@api.example.com', 'more than an address'],
    ['webhook show K --host https://api.example.com/v2', 'Leave out the version'],
    ['subscribe K --path 3200', '--path is 3200'],
    ['subscribe K --path /3200/*/1', '--path is /3200/*/1'],
    ['subscribe K --endpoint *a', '--endpoint is *a'],
    ['subscribe K --endpoint aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '65 characters; 64'],
    ['unsubscribe K --all --endpoint a', '--all is given with --endpoint'],
  ])('mts %s', async (words, expected) => {
    const list = words.split(' ').flatMap((word) => (word === 'K' ? ['--key-file', keyFile] : [word]));
    const { status, out, err } = await run(list);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(expected);
    expect(err).not.toContain('hidden');
    expect(err).not.toContain('bug');
    expect(api.asked).toEqual([]);
  });
});

describe('what is careless is said', () => {
  test.each([
    ['http://h.example/', 'over http:// the events, and the header, go in the clear'],
    ['https://127.0.0.1:1/', ''],
  ])('--url %s', async (url, warning) => {
    const { err } = await run(['webhook', 'register', ...at(), '--header-file', headerFile, '--url', url]);
    if (warning !== '') expect(err).toContain(warning);
    else expect(err).not.toContain('clear');
  });

  test('a webhook on this machine, for a service elsewhere', async () => {
    const stop = AbortSignal.abort();
    const host = ['--host', 'https://service.invalid', '--key-file', keyFile];
    const { status, err } = await run(['webhook', 'register', ...host, '--url', 'http://localhost/'], { stop });
    expect(status).toBe(1);
    expect(err).toContain('http://localhost/ is this machine: a service elsewhere cannot reach it');
    expect(err).toContain('stopped while registering the webhook: whether it was done is not known');
  });
});

test('a service that is not there: exit 3', async () => {
  const { status, out, err } = await run(['webhook', 'show', '--host', 'http://127.0.0.1:9', '--key-file', keyFile]);
  expect({ status, out }).toEqual({ status: 3, out: '' });
  expect(err).toMatch(/cannot be reached/);
});
