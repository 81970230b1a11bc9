/** Words that say where a Graphite is: a plan, or a UsageError that says how to write them; and the login's file. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { type GraphiteWords, graphiteFrom, graphiteOptions } from '../../../scripts/graphite/words.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphite-words-'));
});
afterEach(() => rm(folder, { recursive: true }));

const GIVEN: GraphiteWords = { carbon: '127.0.0.1', graphiteUrl: 'http://127.0.0.1:8080' };

async function loginFile(text: string, mode = 0o600): Promise<string> {
  const file = join(folder, 'login');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

test('every option says whose it is, and has no default: who gives none asks for none', () => {
  for (const [name, option] of Object.entries(graphiteOptions)) {
    expect(name).toMatch(/^(carbon|graphite)/);
    expect(option).toEqual({ type: 'string', describe: expect.stringMatching(/^Of the graphite platform: /) });
  }
});

describe('where carbon is', () => {
  test.each<[GraphiteWords, object]>([
    [{ carbon: '127.0.0.1' }, { host: '127.0.0.1', port: 2003, protocol: 'plaintext' }],
    [{ carbon: 'graphite.example.org:2003' }, { host: 'graphite.example.org', port: 2003, protocol: 'plaintext' }],
    [{ carbon: 'graphite:2004' }, { host: 'graphite', port: 2004, protocol: 'pickle' }],
    [
      { carbon: 'graphite', carbonProtocol: 'pickle' },
      { host: 'graphite', port: 2004, protocol: 'pickle' },
    ],
    [
      { carbon: 'graphite:2004', carbonProtocol: 'plaintext' },
      { host: 'graphite', port: 2004, protocol: 'plaintext' },
    ],
    [{ carbon: '[::1]:9000' }, { host: '::1', port: 9000, protocol: 'plaintext' }],
    [{ carbon: '[::1]' }, { host: '::1', port: 2003, protocol: 'plaintext' }],
  ])('%j', async (words, carbon) => {
    expect(await graphiteFrom({ ...GIVEN, ...words })).toEqual({
      ...{ carbon, url: 'http://127.0.0.1:8080/', prefix: 'mbed.button_presses' },
    });
  });

  test.each(['', 'a:', 'a:0', 'a:65536', 'a:b', '::1', 'a b', 'http://a:2003', 'a:1:2'])(
    '%j is no place',
    async (carbon) => {
      await expect(graphiteFrom({ ...GIVEN, carbon })).rejects.toBeInstanceOf(UsageError);
    },
  );
});

test.each<[GraphiteWords, RegExp]>([
  [{ carbon: undefined }, /--carbon is missing/],
  [{ carbonProtocol: 'udp' }, /--carbon-protocol is udp/],
  [{ graphiteUrl: undefined }, /--graphite-url is missing/],
  [{ graphiteUrl: 'graphite:8080' }, /no address of a web server/],
  [{ graphiteUrl: 'http://u:p@graphite' }, /more than an address/],
  [{ graphiteUrl: 'http://graphite/?a=b' }, /more than an address/],
  [{ graphiteUrl: 'http://graphite/render' }, /ends in \/render/],
  [{ graphitePrefix: 'a b' }, /--graphite-prefix cannot be used/],
  [{ graphitePrefix: 'carbon.presses' }, /Graphite's own/],
])('%j is refused', async (words, why) => {
  const error = await graphiteFrom({ ...GIVEN, ...words }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).message).toMatch(why);
  expect((error as UsageError).message).not.toContain('u:p');
});

test('whatever the words: a plan or a UsageError', async () => {
  const word = fc.option(fc.oneof(fc.string(), fc.stringMatching(/^[a-z[\]:0-9./@#?-]{0,12}$/)), { nil: undefined });
  const words = fc.record(
    { carbon: word, carbonProtocol: word, graphiteUrl: word, graphitePrefix: word },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(words, fc.nat(15), async (some, kept) => {
      const all = Object.entries(some).filter((_, index) => (kept >> index) & 1);
      const outcome = await graphiteFrom({ ...GIVEN, ...Object.fromEntries(all) }).catch((error: unknown) => error);
      if (!(outcome instanceof UsageError)) expect(outcome).toHaveProperty('carbon.port');
    }),
    { numRuns: 1_000 },
  );
});

describe('the login', () => {
  test('user and password, of a file that is ours alone; a colon in the password stays', async () => {
    const graphiteLoginFile = await loginFile('grafana:a:b ü\n');
    expect(await graphiteFrom({ ...GIVEN, graphiteLoginFile })).toHaveProperty('login', {
      user: 'grafana',
      password: 'a:b ü',
    });
  });

  test.each([
    '',
    'secret',
    ':secret',
    'secret:',
    'secret:secret\nsecret:secret',
    'secret:\u0000',
    `secret:${'x'.repeat(5_000)}`,
  ])('%j holds none, which is not repeated', async (text) => {
    const error = await graphiteFrom({ ...GIVEN, graphiteLoginFile: await loginFile(text) }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(`${(error as UsageError).message}`).not.toContain('secret');
  });

  test('a file that others may read is refused', async () => {
    const graphiteLoginFile = await loginFile('a:b', 0o640);
    await expect(graphiteFrom({ ...GIVEN, graphiteLoginFile })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('others'),
    });
  });

  test('the login in place of its file is not repeated', async () => {
    const error = await graphiteFrom({ ...GIVEN, graphiteLoginFile: 'user:secret' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutsideError);
    expect((error as OutsideError).message).not.toContain('secret');
  });

  test.each([
    ['http://graphite.example.org', false],
    ['https://graphite.example.org', true],
    ['http://localhost:8080', true],
    ['http://[::1]:8080', true],
  ])('over %s: %s', async (graphiteUrl, isTaken) => {
    const planned = graphiteFrom({ ...GIVEN, graphiteUrl, graphiteLoginFile: await loginFile('a:b') });
    if (isTaken) expect(await planned).toHaveProperty('login');
    else await expect(planned).rejects.toMatchObject({ message: expect.stringContaining('in the clear') });
  });
});
