/**
 * Flashing drives that are really mounted, unmounted and mounted again, found as this machine's own are: by
 * /proc/self/mountinfo. Only what udev would add, the link of a board in /dev/disk/by-id, is handed in.
 *
 * Mounting needs Linux and root; without them these are skipped, and so they are in a container that forbids it, unless
 * CI=true: there they run, and fail.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { linuxSystem } from '../../../firmware-template/drive/linux.ts';
import type { DriveSystem } from '../../../firmware-template/drive/system.ts';
import type { Cause } from '../../../firmware-template/flash/causes.ts';
import { chooseDrive } from '../../../firmware-template/flash/choose.ts';
import { FlashFailure } from '../../../firmware-template/flash/failure.ts';
import { type FlashLog, flash } from '../../../firmware-template/flash/flash.ts';
import { machine } from '../../../scripts/firmware/system.ts';
import { EmulatedDaplink, K64F_ID } from './daplink.ts';
import { failText } from './daplink-errors.ts';
import { canLoop, loopPlace, makeReadOnly, memoryPlace, mountsWanted } from './places.ts';
import { smallImage } from './small-image.ts';
import { type TestWorld, testWorld } from './world.ts';

const mounting = (await mountsWanted()) ? describe : describe.skip;
const looping = (await mountsWanted()) && canLoop() ? describe : describe.skip;

const IMAGE = smallImage(200_000);
const DEVICE = `/dev/emulated-${process.pid}`;
let [home, path] = ['', ''];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mts-mounted-'));
  path = join(home, 'FRDM K64FD');
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** This machine, into which a K64F is plugged as `device`. */
function pluggedIn(device: string): DriveSystem {
  const link = `usb-MBED_VFS_${K64F_ID}-0:0`;
  return linuxSystem({
    ...machine,
    list: async (dir) => (dir === '/dev/disk/by-id' ? [link] : dir.startsWith('/dev/') ? [] : await machine.list(dir)),
    realPath: async (path) => (path === `/dev/disk/by-id/${link}` ? device : await machine.realPath(path)),
  });
}

interface Ended {
  readonly cause: Cause | 'flashed';
  readonly message: string;
  readonly fix: string;
  readonly log: FlashLog;
}

/** Finds the only board and flashes it. */
async function flashIt(device: string, worldly: Partial<TestWorld> = {}, timeoutMs = 60_000): Promise<Ended> {
  const world = testWorld(home, { system: pluggedIn(device), ...worldly });
  const log: FlashLog = { attempts: 0, wrote: false, drive: undefined };
  try {
    const drive = chooseDrive(await world.find(), K64F_ID);
    await flash({ bytes: IMAGE, format: 'bin', drive, attempts: 3, timeoutMs }, world, log);
    return { cause: 'flashed', message: '', fix: '', log };
  } catch (error) {
    if (!(error instanceof FlashFailure)) throw error;
    const { flashCause, message, fix } = error;
    return { cause: flashCause, message, fix, log };
  }
}

mounting('a mounted drive', () => {
  test('takes an image, is unmounted, and mounted again', async () => {
    await using board = await EmulatedDaplink.plug(memoryPlace(path, DEVICE, 1024), { size: IMAGE.length });
    const { cause, log } = await flashIt(DEVICE);
    expect([cause, log.attempts, log.drive?.path, log.drive?.details?.remountCount]).toEqual(['flashed', 1, path, 5]);
    expect(board.taken[0]?.equals(IMAGE)).toBe(true);
  });

  test('may be mounted elsewhere when it is back', async () => {
    const at = join(home, 'FRDM K64FD1');
    const place = memoryPlace(path, DEVICE, 1024);
    await using _board = await EmulatedDaplink.plug(place, { size: IMAGE.length, steps: [{ at }] });
    const { cause, log } = await flashIt(DEVICE);
    expect([cause, log.drive?.path]).toEqual(['flashed', at]);
  });

  test('refuses, and says why when it is back', async () => {
    const steps = [{ fail: 'UNLOCK' }] as const;
    await using _board = await EmulatedDaplink.plug(memoryPlace(path, DEVICE, 1024), { size: IMAGE.length, steps });
    expect((await flashIt(DEVICE)).cause).toBe('target');
  });

  test('stays unmounted where nothing mounts drives, and how to mount it is said', async () => {
    const place = memoryPlace(path, DEVICE, 1024);
    await using _board = await EmulatedDaplink.plug(place, { size: IMAGE.length, steps: ['never-returns'] });
    const { cause, message, fix } = await flashIt(DEVICE, {}, 3_000);
    expect(cause).toBe('not-back');
    expect(message).toContain(`the board is there as ${DEVICE}, but nothing mounts its drive`);
    expect(fix).toContain(`udisksctl mount -b ${DEVICE}`);
  });

  test('is too small', async () => {
    await using _board = await EmulatedDaplink.plug(memoryPlace(path, DEVICE, 128), { size: IMAGE.length });
    expect(await flashIt(DEVICE)).toMatchObject({ cause: 'drive-full', message: expect.stringContaining('ENOSPC') });
  });

  test('is read-only', async () => {
    await using _board = await EmulatedDaplink.plug(memoryPlace(path, DEVICE, 1024), { size: IMAGE.length });
    await makeReadOnly(path);
    const { cause, message, log } = await flashIt(DEVICE);
    expect([cause, message, log.wrote]).toEqual([
      'not-writable',
      `the drive cannot be written to: EROFS after 0 of ${IMAGE.length} bytes`,
      false,
    ]);
  });
});

looping('a drive on a block device', () => {
  /** Pulls the plug at a third of the image. */
  async function pulled(step: 'never-returns' | 'unplugged' | { fail: 'SECURITY_BITS' | 'ERROR_DURING_TRANSFER' }) {
    const place = await loopPlace(path, 4);
    await using board = await EmulatedDaplink.plug(place, { size: IMAGE.length });
    const { create } = testWorld(home);
    let pulling: Promise<void> | undefined;
    const cutting: TestWorld['create'] = async (path, name) => {
      const file = await create(path, name);
      let written = 0;
      return {
        ...file,
        async write(bytes) {
          written += bytes.length;
          if (written > IMAGE.length / 3 && pulling === undefined) {
            await place.pull();
            pulling = board.cut(step);
          }
          return await file.write(bytes);
        },
      };
    };
    const ended = await flashIt(place.device, { create: cutting }, 3_000);
    if (step !== 'never-returns') await pulling;
    return ended;
  }

  test('takes an image', async () => {
    const place = await loopPlace(path, 4);
    await using board = await EmulatedDaplink.plug(place, { size: IMAGE.length });
    expect((await flashIt(place.device)).cause).toBe('flashed');
    expect(board.taken[0]?.equals(IMAGE)).toBe(true);
  });

  test('whose plug is pulled in the middle', async () => {
    const { cause, message, log } = await pulled('never-returns');
    expect([cause, log.wrote]).toEqual(['drive-gone', true]);
    expect(message).toMatch(/^the drive went away in the middle of the copy: EIO after \d+ of 200000 bytes$/);
  });

  test('whose plug is pulled, and put in again', async () => {
    expect(await pulled('unplugged')).toMatchObject({ cause: 'drive-gone', message: expect.stringContaining('EIO') });
  });

  test('that goes because it refuses', async () => {
    expect((await pulled({ fail: 'SECURITY_BITS' })).cause).toBe('would-lock');
  });

  test('that goes for a reason that passes', async () => {
    expect(await pulled({ fail: 'ERROR_DURING_TRANSFER' })).toMatchObject({ cause: 'flashed', log: { attempts: 2 } });
  });
});

test('a FAIL.TXT of the emulated board is as the real one', () => {
  expect(failText('TRANSFER_TIMEOUT')).toBe('error: The transfer timed out.\r\ntype: transient, user\r\n');
});
