/**
 * `mts firmware flash` as its user runs it, on an emulated board's drive: success, and every cause with its own exit status
 * and the one JSON document. What needs two boards, or none, on this machine's USB is in test/firmware-template/flash.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCredentials } from '../../firmware-template/credentials/folder.ts';
import { CAUSES, type Cause } from '../../firmware-template/flash/causes.ts';
import { type DaplinkOptions, EmulatedDaplink, K64F_ID } from '../firmware-template/flash/daplink.ts';
import { folderPlace, makeReadOnly, memoryPlace, mountsWanted } from '../firmware-template/flash/places.ts';
import { intelHex, k64fImage } from '../firmware-template/image/k64f-image.ts';
import { EndpointsApi } from '../scripts/firmware/endpoints-api.ts';
import { inFolder, mts, startMts } from './run-mts.ts';

const KEY = 'ak_1234567890';
/** The same chip, without Ethernet: the first four digits tell the kind of the board. */
const HEXIWEAR_ID = `0214${K64F_ID.slice(4)}`;
let [home, firmware, keyFile] = ['', '', ''];
let image: Buffer = Buffer.alloc(0);
const mounting = (await mountsWanted()) ? describe : describe.skip;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mts-flash-'));
  const credentials = join(home, 'c');
  [firmware, keyFile] = [join(home, 'fw'), join(home, 'key.txt')];
  await writeFile(keyFile, `${KEY}\n`, { mode: 0o600 });
  for (const words of [
    ['credentials', 'init', '--out', credentials],
    ['credentials', 'issue', '--credentials', credentials, '--endpoint', 'board-1'],
    [
      'firmware',
      'generate',
      '--credentials',
      credentials,
      '--endpoint',
      'board-1',
      '--server',
      '192.168.1.10',
      '--out',
      firmware,
    ],
  ]) {
    expect((await mts(...words)).status).toBe(0);
  }
  const board = await (await openCredentials(credentials)).board('board-1');
  image = k64fImage({ serverUri: 'coap://192.168.1.10:5684', credentials: board });
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Told {
  readonly status: number | null;
  readonly json: {
    readonly result: string;
    readonly cause: Cause | null;
    readonly attempts: number;
    readonly remountCount: number | null;
  };
  readonly err: string;
}

/** Flashes a file onto a board whose drive is a folder. */
async function flash(
  options: Partial<DaplinkOptions> = {},
  words: readonly string[] = [],
  { bytes = image, name = 'client.bin' }: { readonly bytes?: Uint8Array; readonly name?: string } = {},
): Promise<Told & { readonly board: EmulatedDaplink }> {
  return inFolder(async (dir) => {
    await using board = await EmulatedDaplink.plug(folderPlace(join(dir, 'DAPLINK')), {
      size: bytes.length,
      ...options,
    });
    await writeFile(join(dir, name), bytes);
    return { ...(await told(join(dir, name), board.path, words)), board };
  });
}

async function told(file: string, drive: string, words: readonly string[]): Promise<Told> {
  const { status, out, err } = await mts('firmware', 'flash', file, '--drive', drive, '--json', ...words);
  expect(out).toMatch(/^[^\n]*\n$/);
  const json = JSON.parse(out);
  expect(Object.keys(json)).toEqual(['result', 'cause', 'attempts', 'remountCount']);
  return { status, json, err };
}

/** What a cause has to come with. */
function failed(cause: Cause, result: 'refused' | 'failed') {
  return { status: CAUSES[cause].status, json: { result, cause } };
}

describe('an image that is taken', () => {
  test('arrives whole; RESET is left to the person', async () => {
    const { status, json, err, board } = await flash({}, ['--firmware', firmware]);
    expect({ status, json }).toEqual({
      status: 0,
      json: { result: 'flashed', cause: null, attempts: 1, remountCount: 5 },
    });
    expect(board.taken[0]?.equals(image)).toBe(true);
    expect(err).toContain('Press RESET');
  });

  test('may be .hex, and start by itself', async () => {
    const bytes = Buffer.from(intelHex(image));
    const { status, err, board } = await flash({ autoReset: true }, ['--firmware', firmware], {
      bytes,
      name: 'client.hex',
    });
    expect([status, board.names]).toEqual([0, ['MTS.HEX']]);
    expect(err).toContain('It starts by itself.');
  });

  test('at the second try, when the first was out of order', async () => {
    const { status, json } = await flash({ steps: [{ fail: 'OOO_SECTOR' }, 'judge'] });
    expect([status, json.result, json.attempts, json.remountCount]).toEqual([0, 'flashed', 2, 6]);
  });

  test('without --json it is told to people, on stdout', () =>
    inFolder(async (dir) => {
      const drive = join(dir, 'DAPLINK');
      await using _board = await EmulatedDaplink.plug(folderPlace(drive), { size: image.length });
      await writeFile(join(dir, 'client.bin'), image);
      const { status, out } = await mts('firmware', 'flash', join(dir, 'client.bin'), '--drive', drive);
      expect(status).toBe(0);
      expect(out).toContain(`Flashed board ${K64F_ID}`);
    }));

  test('is known to run when the service has the board', async () => {
    await using api = await new EndpointsApi(KEY).listen();
    api.onAsked = () => {
      if (api.asked.length === 3) api.registered.add('board-1');
    };
    const { status, json } = await flash({}, ['--wait-registered', api.origin, '--key-file', keyFile]);
    expect([status, json.result, json.cause]).toEqual([0, 'registered', null]);
    expect(api.asked).toEqual(new Array(api.asked.length).fill('GET /v2/endpoints/board-1'));
  });
});

describe('each cause has its own exit status', () => {
  const locking = () => Buffer.from(image).fill(0xff, 0x40c, 0x40d);

  test.each(['--timeout=60s', '--force'])('would-lock, which nothing overrides (%s)', async (word) => {
    const { board, ...ended } = await flash({}, [word], { bytes: locking() });
    expect(ended).toMatchObject(failed('would-lock', 'refused'));
    expect(board.taken).toEqual([]);
  });

  test('bad-image, unless it is forced', async () => {
    const bytes = Buffer.from(image);
    bytes.writeUInt32LE(0x410, 4);
    expect(await flash({}, [], { bytes })).toMatchObject(failed('bad-image', 'refused'));
    const forced = await flash({}, ['--force'], { bytes });
    expect(forced.board.taken).toHaveLength(1);
  });

  test('other-firmware', async () => {
    const bytes = Buffer.from(image.toString('latin1').replace('192.168.1.10', '192.168.1.99'), 'latin1');
    expect(await flash({}, ['--firmware', firmware], { bytes })).toMatchObject(failed('other-firmware', 'refused'));
  });

  test('other-board', async () => {
    expect(await flash({ uniqueId: HEXIWEAR_ID })).toMatchObject(failed('other-board', 'refused'));
  });

  test('maintenance', async () => {
    expect(await flash({ mode: 'Bootloader' })).toMatchObject(failed('maintenance', 'refused'));
  });

  test('no-daplink: a folder that is no drive', () =>
    inFolder(async (dir) => {
      await writeFile(join(dir, 'client.bin'), image);
      await mkdir(join(dir, 'drive'));
      expect(await told(join(dir, 'client.bin'), join(dir, 'drive'), [])).toMatchObject(
        failed('no-daplink', 'refused'),
      );
    }));

  test('no-board: one that is not there', () =>
    inFolder(async (dir) => {
      await writeFile(join(dir, 'client.bin'), image);
      const { status, out } = await mts('firmware', 'flash', join(dir, 'client.bin'), '--board', '0240ffff', '--json');
      expect({ status, json: JSON.parse(out) }).toMatchObject(failed('no-board', 'refused'));
    }));

  test('not-writable: something is in the way of the file', async () => {
    const blocked = inFolder(async (dir) => {
      const drive = join(dir, 'DAPLINK');
      await using _board = await EmulatedDaplink.plug(folderPlace(drive), { size: image.length });
      await mkdir(join(drive, 'MTS.BIN'));
      await chmod(join(drive, 'MTS.BIN'), 0o500);
      await writeFile(join(dir, 'client.bin'), image);
      return await told(join(dir, 'client.bin'), drive, []);
    });
    expect(await blocked).toMatchObject(failed('not-writable', 'refused'));
  });

  test('not-taken', async () => {
    const { json, ...ended } = await flash({ steps: ['never-goes'] }, ['--timeout', '500ms']);
    expect({ json, ...ended }).toMatchObject(failed('not-taken', 'failed'));
    expect(json).toMatchObject({ attempts: 1, remountCount: 4 });
  });

  test('not-back', async () => {
    expect(await flash({ steps: ['never-returns'] }, ['--timeout', '500ms'])).toMatchObject(
      failed('not-back', 'failed'),
    );
  });

  test.each([
    ['file-refused', 'HEX_INVALID_APP_OFFSET'],
    ['target', 'INIT'],
    ['interface', 'IAP_WRITE'],
    ['would-lock', 'SECURITY_BITS'],
  ] as const)('%s, for FAIL.TXT of %s', async (cause, fail) => {
    const { json, ...ended } = await flash({ steps: [{ fail }] });
    expect({ json, ...ended }).toMatchObject(failed(cause, 'failed'));
    expect(json).toMatchObject({ attempts: 1, remountCount: 5 });
  });

  test('interface, for a new ASSERT.TXT', async () => {
    expect(await flash({ steps: ['assert'] })).toMatchObject(failed('interface', 'failed'));
  });

  test('transient, after as many tries as were asked for', async () => {
    const fail = { fail: 'ERROR_DURING_TRANSFER' } as const;
    const { json, ...ended } = await flash({ steps: [fail, fail] }, ['--attempts', '2']);
    expect({ json, ...ended }).toMatchObject(failed('transient', 'failed'));
    expect(json).toMatchObject({ attempts: 2, remountCount: 6 });
  });

  test('drive-gone: its power went while it programmed', async () => {
    expect(await flash({ steps: ['unplugged'] })).toMatchObject(failed('drive-gone', 'failed'));
  });

  test('reset-failed: flashed, and its serial port is not there', async () => {
    const words = ['--reset', 'break', '--serial', join(home, 'no-port')];
    const { json, ...ended } = await flash({}, words);
    expect({ json, ...ended }).toMatchObject(failed('reset-failed', 'failed'));
    expect(json.remountCount).toBe(5);
  });

  test('not-registered', async () => {
    await using api = await new EndpointsApi(KEY).listen();
    const words = ['--wait-registered', api.origin, '--key-file', keyFile, '--register-timeout', '1s'];
    expect(await flash({}, words)).toMatchObject(failed('not-registered', 'failed'));
  });

  test('stopped, by Ctrl-C while the board programs', () =>
    inFolder(async (dir) => {
      const drive = join(dir, 'DAPLINK');
      await using _board = await EmulatedDaplink.plug(folderPlace(drive), {
        size: image.length,
        steps: ['never-returns'],
      });
      await writeFile(join(dir, 'client.bin'), image);
      const run = startMts('firmware', 'flash', join(dir, 'client.bin'), '--drive', drive, '--json');
      await run.said(/program/i);
      run.interrupt();
      const { status, out } = await run.ended;
      expect({ status, json: JSON.parse(out) }).toMatchObject(failed('stopped', 'failed'));
    }));
});

mounting('a drive that is truly mounted', () => {
  /** Flashes onto a file system in memory of so many KiB, after `prepare`. */
  const onto = (kib: number, prepare: (path: string) => Promise<void> = async () => undefined) =>
    inFolder(async (dir) => {
      const place = memoryPlace(join(dir, 'DAPLINK'), 'emulated', kib);
      await using board = await EmulatedDaplink.plug(place, { size: image.length });
      await prepare(board.path);
      await writeFile(join(dir, 'client.bin'), image);
      return await told(join(dir, 'client.bin'), board.path, []);
    });

  test('takes an image', async () => {
    expect(await onto(1024)).toMatchObject({ status: 0, json: { result: 'flashed', attempts: 1, remountCount: 5 } });
  });

  test('is full: drive-full', async () => {
    expect(await onto(16)).toMatchObject({ status: CAUSES['drive-full'].status, json: { cause: 'drive-full' } });
  });

  test('is read-only: not-writable', async () => {
    expect(await onto(1024, makeReadOnly)).toMatchObject(failed('not-writable', 'refused'));
  });

  test('is found by itself; of several, by the first digits of its ID', () =>
    inFolder(async (dir) => {
      const other = { size: image.length, uniqueId: `0240${'1'.repeat(44)}` };
      await using board = await EmulatedDaplink.plug(memoryPlace(join(dir, 'DAPLINK'), 'one', 1024), {
        size: image.length,
      });
      await using untouched = await EmulatedDaplink.plug(memoryPlace(join(dir, 'DAPLINK1'), 'two', 1024), other);
      await writeFile(join(dir, 'client.bin'), image);
      const flashing = (...words: string[]) => mts('firmware', 'flash', join(dir, 'client.bin'), '--json', ...words);
      const { status, out, err } = await flashing();
      expect({ status, json: JSON.parse(out) }).toMatchObject(failed('several-boards', 'refused'));
      expect(err).toMatch(new RegExp(`${K64F_ID}.*${other.uniqueId}|${other.uniqueId}.*${K64F_ID}`));
      expect((await flashing('--board', K64F_ID.slice(0, 8))).status).toBe(0);
      expect([board.taken.length, untouched.taken.length]).toEqual([1, 0]);
    }));
});

describe('nothing is copied', () => {
  test('when the service refuses the key', async () => {
    await using api = await new EndpointsApi('another').listen();
    await inFolder(async (dir) => {
      const drive = join(dir, 'DAPLINK');
      await using board = await EmulatedDaplink.plug(folderPlace(drive), { size: image.length });
      await writeFile(join(dir, 'client.bin'), image);
      const words = ['--wait-registered', api.origin, '--key-file', keyFile];
      const { status, err } = await mts('firmware', 'flash', join(dir, 'client.bin'), '--drive', drive, ...words);
      expect([status, board.taken]).toEqual([3, []]);
      expect(err).not.toContain(KEY);
    });
  });

  test.each([
    ['--attempts', '0'],
    ['--wait-registered', 'ftp://x'],
    ['--board', '02'],
  ])('for the words %s %s', async (...words) => {
    await inFolder(async (dir) => {
      await writeFile(join(dir, 'client.bin'), image);
      expect((await mts('firmware', 'flash', join(dir, 'client.bin'), ...words)).status).toBe(2);
    });
  });
});

test('help lists every exit status', async () => {
  const { out } = await mts('firmware', 'flash', '--help');
  for (const [cause, { status }] of Object.entries(CAUSES)) expect(out).toContain(`${status}  ${cause}:`);
});
