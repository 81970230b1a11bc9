/** `mts firmware inspect` through the real parser: what it prints, and how it ends. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { firmwareFiles } from '../../firmware-template/generate/files.ts';
import {
  BROKEN,
  expectedOf,
  intelHex,
  k64fImage,
  type SampleFirmware,
  sampleFirmware,
} from '../firmware-template/image/k64f-image.ts';
import { runVerb } from './run-verb.ts';

let dir = '';
let sample: SampleFirmware;
let image: Buffer;
let file = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-inspect-'));
  sample = await sampleFirmware();
  image = k64fImage(sample);
  file = await put('image.bin', image);
});
afterAll(() => rm(dir, { recursive: true }));

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(join(dir, name), bytes);
  return join(dir, name);
}

const inspect = (...words: readonly string[]) => runVerb(['firmware', 'inspect', ...words]);

test('a good image is a table, and ends with 0', async () => {
  expect(await inspect(file)).toEqual({
    status: 0,
    out: [
      `${file} may be flashed`,
      `  format    binary, ${image.length.toLocaleString('en')} of 1,048,576 bytes of flash`,
      '  stack     from 0x20030000 down',
      '  starts at 0x00000415 (NMI 0x00000419, HardFault 0x0000041D)',
      '  security  FSEC 0xFE: not secured, mass erase enabled, factory access granted, backdoor key disabled',
      '  server    coap://192.168.1.10:5684',
      '  board     board-1',
      '',
    ].join('\n'),
    err: '',
  });
});

test('a bad one is said to be, with what would happen and what to do, and ends with 1', async () => {
  const { status, out } = await inspect(await put('locks.bin', BROKEN['mass erase disabled']!.of(image)));
  expect(status).toBe(1);
  expect(out).toContain('must never be flashed');
  expect(out).toMatch(/error: it would lock the chip.*\n {2}Nobody could ever.*\n {2}Take another image/);
});

test.each([
  ['image.bin', 0, 'flash'],
  ['image.hex', 0, 'flash'],
  ['broken.bin', 1, 'broken'],
])('--json is one document: %s', async (name, status, verdict) => {
  const bytes = { 'image.bin': image, 'image.hex': intelHex(image) }[name] ?? 'no image';
  const path = await put(name, bytes);
  const ran = await inspect(path, '--json');
  expect({ status: ran.status, err: ran.err }).toEqual({ status, err: '' });
  expect(JSON.parse(ran.out)).toMatchObject({ file: path, verdict, format: name.endsWith('hex') ? 'hex' : 'bin' });
});

test('what cannot be read so far is null in JSON', async () => {
  const { out } = await inspect(await put('bad.hex', ':00'), '--json');
  expect(JSON.parse(out)).toMatchObject({ vectors: null, flashConfig: null, findings: [{ code: 'BAD_HEX' }] });
});

test('escape sequences in an image stay in it', async () => {
  const { out } = await inspect(
    await put('\u001b[31mred.bin', Buffer.concat([image, Buffer.from('coap://a\u001b[2J')])),
  );
  expect(out).toContain('coap://a');
  expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

describe('what the image is to be', () => {
  test.each([
    [['--server', '192.168.1.10', '--endpoint', 'board-1', '--domain', 'mts'], 0],
    [['--server', '192.168.1.10:5684'], 0],
    [['--server', '192.168.1.10:5683'], 1],
    [['--server', '192.168.1.1'], 1],
    [['--endpoint', 'board-2'], 1],
    [['--domain', 'another'], 1],
  ])('%s', async (words, status) => {
    expect((await inspect(file, ...words)).status).toBe(status);
  });

  test.each([
    ['a server that no board can reach', ['--server', 'localhost']],
    ['a name that no board can have', ['--endpoint', 'a&b']],
    ['a folder and a server', ['--firmware', 'firmware', '--server', '192.168.1.10']],
    ['a folder and a name', ['--firmware', 'firmware', '--endpoint', 'board-1']],
  ])('is not %s: status 2', async (_name, words) => {
    const { status, out, err } = await inspect(file, ...words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/^mts: .*\n.*\.\n$/);
  });

  test('is what a folder was generated for: server, name and certificates', async () => {
    const folder = await generated('firmware', sample);
    expect((await inspect(file, '--firmware', folder)).status).toBe(0);
    const again = await generated('again', await sampleFirmware());
    const { status, out } = await inspect(file, '--firmware', again, '--json');
    expect(status).toBe(1);
    const codes = (JSON.parse(out) as { findings: { code: string }[] }).findings.map(({ code }) => code);
    expect(codes).toEqual(['OTHER_CREDENTIALS', 'OTHER_AUTHORITY']);
  });

  async function generated(name: string, { credentials }: SampleFirmware): Promise<string> {
    const folder = join(dir, name);
    await mkdir(folder);
    const settings = {
      credentials,
      server: { host: '192.168.1.10', port: 5684 },
      transport: 'tls',
      target: 'K64F',
      network: { kind: 'ethernet' },
    } as const;
    for (const { name, text, mode } of await firmwareFiles(settings))
      await writeFile(join(folder, name), text, { mode });
    expect(expectedOf({ ...sample, credentials }).serverUri).toBe('coap://192.168.1.10:5684');
    return folder;
  }
});

describe('a file that is none', () => {
  test('is not there: status 3', async () => {
    const { status, err } = await inspect(join(dir, 'none.bin'));
    expect({ status, err }).toEqual({ status: 3, err: expect.stringMatching(/none\.bin cannot be read: ENOENT\n/) });
  });

  test('is a folder: status 2', async () => {
    expect(await inspect(dir)).toMatchObject({ status: 2, err: expect.stringMatching(/is a folder\n/) });
  });

  test('is too large: status 2, and nothing of it is read', async () => {
    const path = await put('large.bin', '');
    await truncate(path, 9 * 1024 ** 2);
    const { status, err } = await inspect(path);
    expect({ status, err }).toEqual({ status: 2, err: expect.stringMatching(/has 9437184 bytes/) });
  });

  test('is a pipe that nobody writes to: status 2, without waiting', async () => {
    const path = join(dir, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    expect(await inspect(path)).toMatchObject({ status: 2, err: expect.stringMatching(/is no regular file\n/) });
  });

  test('is a device: status 2', async () => {
    expect(await inspect('/dev/zero')).toMatchObject({ status: 2, err: expect.stringMatching(/is no regular file\n/) });
  });
});
