/** Flashing against an emulated board in a folder: what its drive does decides, whatever was on it before. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Cause } from '../../../firmware-template/flash/causes.ts';
import { driveAt } from '../../../firmware-template/flash/choose.ts';
import { FlashFailure } from '../../../firmware-template/flash/failure.ts';
import { type FlashLog, type FlashOptions, flash } from '../../../firmware-template/flash/flash.ts';
import { ASSERT_TEXT, type DaplinkOptions, EmulatedDaplink } from './daplink.ts';
import { DAPLINK_ERRORS, type DaplinkError, failText } from './daplink-errors.ts';
import { folderPlace } from './places.ts';
import { smallImage } from './small-image.ts';
import { type TestWorld, testWorld } from './world.ts';

let home = '';
let place: ReturnType<typeof folderPlace>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mts-flash-'));
  place = folderPlace(join(home, 'DAPLINK'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const IMAGE = smallImage(9000);

interface Ended {
  readonly cause: Cause | 'flashed';
  readonly message: string;
  readonly fix: string;
  readonly log: FlashLog;
  readonly world: TestWorld;
}

type More = Partial<FlashOptions> & { readonly world?: Partial<TestWorld> };

/** Flashes the board that is plugged in. */
async function flashIt({ world: worldly = {}, ...more }: More = {}): Promise<Ended> {
  const world = testWorld(home, worldly);
  const log: FlashLog = { attempts: 0, wrote: false, drive: undefined };
  try {
    const drive = driveAt(place.path, await world.lookAt(place.path), false);
    await flash({ bytes: IMAGE, format: 'bin', drive, attempts: 3, timeoutMs: 60_000, ...more }, world, log);
    return { cause: 'flashed', message: '', fix: '', log, world };
  } catch (error) {
    if (!(error instanceof FlashFailure)) throw error;
    const { flashCause, message, fix } = error;
    return { cause: flashCause, message, fix, log, world };
  }
}

function plug(options: Partial<DaplinkOptions> = {}): Promise<EmulatedDaplink> {
  return EmulatedDaplink.plug(place, { size: IMAGE.length, ...options });
}

describe('a board that takes the image', () => {
  test('gets it whole, under a name that commands nothing, and its drive is back', async () => {
    await using board = await plug();
    const { cause, log, world } = await flashIt();
    expect(cause).toBe('flashed');
    expect([board.names, board.taken[0]?.equals(IMAGE)]).toEqual([['MTS.BIN'], true]);
    expect(log).toMatchObject({ attempts: 1, wrote: true, drive: { path: place.path, details: { remountCount: 5 } } });
    expect(world.events.map(({ kind }) => kind)).toEqual(['copying', 'copying', 'copying', 'copied', 'programming']);
    expect(world.waits.every((ms) => ms <= 200)).toBe(true);
  });

  test('a .hex has its own name', async () => {
    await using board = await plug({ steps: [{ at: join(home, 'DAPLINK') }] });
    await flashIt({ format: 'hex' });
    expect(board.names).toEqual(['MTS.HEX']);
  });

  test('a FAIL.TXT of a transfer before is not taken for this one', async () => {
    await using _board = await plug({ files: { 'FAIL.TXT': failText('RESET') } });
    expect((await flashIt()).cause).toBe('flashed');
  });

  test('nor an ASSERT.TXT that stays on the drive', async () => {
    await using board = await plug({ files: { 'ASSERT.TXT': ASSERT_TEXT }, steps: ['assert'] });
    expect((await flashIt()).cause).toBe('flashed');
    expect(board.taken).toHaveLength(1);
  });

  test('may come back elsewhere', async () => {
    const path = join(home, 'DAPLINK1');
    await using _board = await plug({ steps: [{ at: path }] });
    const { cause, log } = await flashIt();
    expect([cause, log.drive?.path]).toEqual(['flashed', path]);
  });

  test('may be of a build that counts no remounts', async () => {
    await using _board = await plug({ remountCount: null });
    const { cause, log } = await flashIt();
    expect([cause, log.drive?.details?.remountCount]).toEqual(['flashed', undefined]);
  });

  test('may be gone for so short a time that only the count tells', async () => {
    await using _board = await plug();
    const drive = driveAt(place.path, await testWorld(home).lookAt(place.path), false);
    const counts = [4, 4, 5];
    const lookAt: TestWorld['lookAt'] = async () => {
      const remountCount = counts.length > 1 ? counts.shift() : counts[0];
      return { ...drive, details: { ...drive.details!, remountCount } };
    };
    // The first look finds the drive that is to be flashed.
    const { cause, world } = await flashIt({ world: { lookAt } });
    expect([cause, world.events.at(-1)?.kind]).toEqual(['flashed', 'copied']);
  });

  test('may be hard to read at first', async () => {
    await using _board = await plug();
    let reads = 0;
    const read: TestWorld['read'] = async (path, name) => {
      // The first read is before the copy.
      if (reads++ > 0 && reads < 6) throw Object.assign(new Error('not yet'), { code: 'EIO' });
      return testWorld(home).read(path, name);
    };
    expect((await flashIt({ world: { read } })).cause).toBe('flashed');
  });
});

describe('a board that refuses', () => {
  test.each(Object.keys(DAPLINK_ERRORS) as DaplinkError[])('for %s', async (error) => {
    const isTransient = DAPLINK_ERRORS[error][1].includes('transient');
    await using board = await plug({ steps: [{ fail: error }, { fail: error }, { fail: error }], awayMs: 0 });
    const { cause, message, fix, log } = await flashIt({ attempts: 2 });
    expect(message).toContain(`It says: ${DAPLINK_ERRORS[error][0]}`);
    expect(fix).not.toBe('');
    expect([cause === 'transient', log.attempts, board.taken.length]).toEqual(
      isTransient ? [true, 2, 2] : [false, 1, 1],
    );
  });

  test.each([0xff, 0xfc, 0xee, 0x00])('an image whose security byte is %i', async (security) => {
    await using _board = await plug();
    expect((await flashIt({ bytes: smallImage(9000, security) })).cause).toBe('would-lock');
  });

  test('in words that nobody knows', async () => {
    await using _board = await plug({ steps: [{ failText: 'error: \u001b[31mno\r\ntype: target\r\n' }] });
    expect(await flashIt()).toMatchObject({ cause: 'target', message: expect.stringMatching(/It says: ·\[31mno$/) });
  });

  test('with a FAIL.TXT that says nothing', async () => {
    await using _board = await plug({ steps: [{ failText: '' }] });
    expect(await flashIt()).toMatchObject({ cause: 'interface', message: expect.stringMatching(/It says: nothing$/) });
  });

  test('and whose debug firmware fails', async () => {
    await using _board = await plug({ steps: ['assert'] });
    const { cause, message } = await flashIt();
    expect(cause).toBe('interface');
    expect(message).toContain('Assert, File: source/daplink/drag-n-drop/vfs_manager.c, Line: 412, Source: Application');
  });
});

describe('a failure that passes', () => {
  test('is tried again after a pause, and told', async () => {
    await using board = await plug({ steps: [{ fail: 'OOO_SECTOR' }, { fail: 'OOO_SECTOR' }] });
    const { cause, log, world } = await flashIt();
    expect([cause, log.attempts, board.taken.length]).toEqual(['flashed', 3, 3]);
    expect(world.events.filter(({ kind }) => kind === 'again')).toHaveLength(2);
    expect(world.waits.filter((ms) => ms === 3000)).toHaveLength(2);
  });

  test('is a failure when it does not', async () => {
    await using board = await plug({ steps: Array.from({ length: 5 }, () => ({ fail: 'OOO_SECTOR' as const })) });
    const { cause, log } = await flashIt();
    expect([cause, log.attempts, board.taken.length, log.drive?.details?.remountCount]).toEqual(['transient', 3, 3, 7]);
  });

  test('is followed to wherever the drive is then', async () => {
    const path = join(home, 'DAPLINK1');
    await using board = await plug({ steps: [{ at: path }, 'judge'] });
    // Judged as it deserves, this is refused for good; the place is what matters.
    const { log } = await flashIt({ bytes: Uint8Array.from(IMAGE, (byte, at) => (at < 16 ? 0 : byte)), attempts: 2 });
    expect([log.attempts, log.drive?.path, board.taken.length]).toEqual([2, path, 2]);
  });
});

describe('a drive that', () => {
  test('never goes', async () => {
    await using _board = await plug({ steps: ['never-goes'], files: { 'FAIL.TXT': failText('RESET') } });
    const { cause, message, fix } = await flashIt({ timeoutMs: 200 });
    expect([cause, message]).toEqual([
      'not-taken',
      'the image is on the drive, but the board did not begin to program it within 0.2 s',
    ]);
    expect(fix).toContain(`unmount ${place.path}`);
  });

  test('never comes back', async () => {
    await using _board = await plug({ steps: ['never-returns'] });
    const { cause, message } = await flashIt({ timeoutMs: 200 });
    expect([cause, message]).toEqual(['not-back', 'the drive went away to program, and was not back within 0.2 s']);
  });

  test('is that of another board when something is back', async () => {
    await using _board = await plug({ steps: ['never-returns'] });
    const flashing = flashIt({ timeoutMs: 6_000 });
    while (existsSync(place.path)) await new Promise((resolve) => setTimeout(resolve, 2));
    const other = folderPlace(place.path);
    await using _other = await EmulatedDaplink.plug(other, { size: 1e9, uniqueId: `0240${'1'.repeat(44)}` });
    expect((await flashing).cause).toBe('not-back');
  });

  test('was plugged in anew meanwhile, so that nobody knows', async () => {
    await using _board = await plug({ steps: ['unplugged'] });
    const { cause, message } = await flashIt();
    expect([cause, message]).toEqual(['drive-gone', expect.stringContaining('(Remount count 4 before, 0 now)')]);
  });

  test('comes back as the bootloader', async () => {
    await using _board = await plug({ steps: ['bootloader'] });
    expect((await flashIt()).cause).toBe('maintenance');
  });

  test('cannot be read when it is back', async () => {
    await using _board = await plug();
    let reads = 0;
    const read: TestWorld['read'] = async () => {
      if (reads++ > 0) throw Object.assign(new Error('no'), { code: 'EIO' });
      return undefined;
    };
    const { cause, message } = await flashIt({ world: { read } });
    expect([cause, message]).toEqual(['drive-gone', expect.stringContaining('cannot be read (EIO)')]);
  });
});

describe('a drive that goes in the middle of the copy', () => {
  /** The drive goes after the first block, as the board ends the transfer; it comes back as `step` says. */
  async function cutAt(step: Parameters<EmulatedDaplink['cut']>[0], timeoutMs = 60_000): Promise<Ended> {
    await using board = await plug({ awayMs: 60 });
    const real = testWorld(home).create;
    let cutting: Promise<void> | undefined;
    const create: TestWorld['create'] = async (path, name) => {
      const file = await real(path, name);
      return {
        ...file,
        async write(bytes) {
          if (cutting === undefined) cutting = board.cut(step);
          else if (existsSync(path)) return await file.write(bytes);
          throw Object.assign(new Error('gone'), { code: 'EIO' });
        },
      };
    };
    const ended = await flashIt({ world: { create }, timeoutMs });
    if (step !== 'never-returns') await cutting;
    return ended;
  }

  test('and says why: it refused', async () => {
    const { cause, log, world } = await cutAt({ fail: 'SECURITY_BITS' });
    expect([cause, log.attempts, log.drive?.details?.remountCount]).toEqual(['would-lock', 1, 5]);
    expect(world.events.map(({ kind }) => kind)).toEqual(['cut']);
  });

  test('and says why: it passes', async () => {
    const { cause, log } = await cutAt({ fail: 'ERROR_DURING_TRANSFER' });
    expect([cause, log.attempts]).toEqual(['flashed', 2]);
  });

  test('and says nothing', async () => {
    const { cause, message } = await cutAt('judge');
    expect([cause, message]).toEqual([
      'drive-gone',
      'the drive went away in the middle of the copy: EIO after 0 of 9000 bytes',
    ]);
  });

  test('because it was plugged in anew', async () => {
    expect(await cutAt('unplugged')).toMatchObject({
      cause: 'drive-gone',
      message: expect.stringContaining('of the copy'),
    });
  });

  test('and stays away', async () => {
    expect((await cutAt('never-returns', 200)).cause).toBe('drive-gone');
  });
});

describe('Ctrl-C', () => {
  /** Stops when `kind` happens. */
  async function stoppedAt(kind: string, options: Partial<DaplinkOptions>): Promise<Ended> {
    await using _board = await plug(options);
    const stop = new AbortController();
    const tell: TestWorld['tell'] = (event) => {
      if (event.kind === kind) stop.abort();
    };
    return await flashIt({ world: { stop: stop.signal, tell } });
  }

  test.each([
    ['copying', {}, 'stopped in the middle of the copy: the board holds no complete program now'],
    [
      'copied',
      { steps: ['never-goes'] },
      'stopped while the board had not begun to program yet: whether it took the image',
    ],
    [
      'programming',
      { steps: ['never-returns'] },
      'stopped while the board was programming: whether it took the image is',
    ],
    ['again', { steps: [{ fail: 'OOO_SECTOR' }] }, 'stopped before another try: the board refused: this machine wrote'],
  ] satisfies [string, Partial<DaplinkOptions>, string][])('while %s', async (kind, options, words) => {
    const { cause, message, fix } = await stoppedAt(kind, options);
    expect([cause, message]).toEqual(['stopped', expect.stringContaining(words)]);
    expect(fix).not.toBe('');
  });
});
