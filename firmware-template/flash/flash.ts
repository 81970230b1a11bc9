/**
 * Copies an image to a board and sees what became of it, as often as a transfer that went wrong deserves.
 *
 *   copy ─► the drive goes ─► it is back ─► FAIL.TXT? ─ none ─► flashed
 *    ▲                                        │
 *    └──────── wait a little ◄── transient ───┴─ else ─► a failure with its cause
 *
 * Which image and which drive is decided before (choose.ts, and who calls); resetting the board and waiting for it to
 * register comes after. That no FAIL.TXT is there means that DAPLink programmed it, not that the program runs.
 * Source: DAPLink, docs/USERS-GUIDE.md, "Drag-n-drop Programming".
 */
import { readFail } from '../drive/details.ts';
import { copyImage } from './copy.ts';
import { failureOf } from './fail-reasons.ts';
import { FlashFailure } from './failure.ts';
import { awaitRemount, type MountedDrive } from './remount.ts';
import { type FlashWorld, pause } from './world.ts';

/** Before another try: Windows writes files of its own to a drive for some seconds after it came. */
const PAUSE_MS = 3_000;
/** How long the reason of a copy that was cut is waited for: DAPLink is back after 3 s. */
const REASON_MS = 15_000;

export interface FlashOptions {
  readonly bytes: Uint8Array;
  /** What it is called on the drive. */
  readonly format: 'bin' | 'hex';
  readonly drive: MountedDrive;
  /** Most times that it is tried, 1 at least. */
  readonly attempts: number;
  /** Milliseconds for the drive to go, and again for it to come back. */
  readonly timeoutMs: number;
}

/** What was done, also when something was in the way: filled while it goes on. */
export interface FlashLog {
  /** Copies that were begun. */
  attempts: number;
  /** Something was written to the board. */
  wrote: boolean;
  /** As it was seen last. */
  drive: MountedDrive | undefined;
}

/** Resolves to the drive, which is perhaps elsewhere now, when DAPLink has taken the image. FlashFailure if it has not. */
export async function flash(options: FlashOptions, world: FlashWorld, log: FlashLog): Promise<MountedDrive> {
  log.drive = options.drive;
  for (;;) {
    log.attempts += 1;
    const { drive, failure } = await attempt({ ...options, drive: log.drive }, world, log);
    log.drive = drive;
    if (failure === undefined) return drive;
    if (failure.flashCause !== 'transient' || log.attempts >= options.attempts) throw failure;
    world.tell({ kind: 'again', why: failure.message, waitMs: PAUSE_MS });
    await pause(PAUSE_MS, world);
    if (world.stop.aborted)
      throw new FlashFailure('stopped', `stopped before another try: ${failure.message}`, failure.fix);
  }
}

interface Outcome {
  readonly drive: MountedDrive;
  /** Undefined: it was taken. */
  readonly failure: FlashFailure | undefined;
}

async function attempt(options: FlashOptions, world: FlashWorld, log: FlashLog): Promise<Outcome> {
  const { drive, bytes, format, timeoutMs } = options;
  const assertBefore = await textOf(drive, 'ASSERT.TXT', world);
  try {
    await copyImage({
      // Never the name of the user's file: it might be one of those that command DAPLink.
      open: () => world.create(drive.path, format === 'hex' ? 'MTS.HEX' : 'MTS.BIN'),
      bytes,
      onProgress: (written) => {
        log.wrote = true;
        world.tell({ kind: 'copying', written, total: bytes.length, attempt: log.attempts });
      },
      stop: world.stop,
    });
  } catch (error) {
    if (!(error instanceof FlashFailure) || error.flashCause !== 'drive-gone') throw error;
    return await reasonOfCut(error, assertBefore, options, world);
  }
  world.tell({ kind: 'copied' });
  const back = await awaitRemount(drive, world, timeoutMs);
  return { drive: back, failure: await refusalOn(back, assertBefore, world) };
}

/** DAPLink goes away also when it refuses a file in its middle; it says why when it is back. */
async function reasonOfCut(
  cut: FlashFailure,
  assertBefore: string | undefined,
  options: FlashOptions,
  world: FlashWorld,
): Promise<Outcome> {
  world.tell({ kind: 'cut' });
  let back: MountedDrive;
  try {
    back = await awaitRemount(
      options.drive,
      { ...world, tell: () => undefined },
      Math.min(REASON_MS, options.timeoutMs),
    );
  } catch (error) {
    // That it was stopped is news; that it is not back, or has lost its power, is what the cut says already.
    throw error instanceof FlashFailure && error.flashCause !== 'stopped' ? cut : error;
  }
  return { drive: back, failure: (await refusalOn(back, assertBefore, world)) ?? cut };
}

/** What the drive, back from programming, says of it; undefined: nothing against it. */
async function refusalOn(
  drive: MountedDrive,
  assertBefore: string | undefined,
  world: FlashWorld,
): Promise<FlashFailure | undefined> {
  // DAPLink makes its files anew at each remount, so a FAIL.TXT that is there now is of this transfer.
  const fail = await textOf(drive, 'FAIL.TXT', world);
  if (fail !== undefined) return failureOf(readFail(fail), world.printable);
  // An ASSERT.TXT stays until it is deleted, and while it is there no other is written.
  const assert = await textOf(drive, 'ASSERT.TXT', world);
  if (assert === undefined || assert === assertBefore) return undefined;
  const said = world.printable(
    assert
      .slice(0, 200)
      .trim()
      .replaceAll(/\s*\r?\n\s*/g, ', '),
  );
  return new FlashFailure(
    'interface',
    `the debug firmware of the board failed while it programmed. It says: ${said}`,
    'Delete ASSERT.TXT from the drive, pull the plug, plug it in again, and flash once more. If that stays so, put ' +
      'DAPLink onto the board anew: see https://daplink.io.',
  );
}

/** A drive that has just come may not be readable at once. */
async function textOf(drive: MountedDrive, name: string, world: FlashWorld): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await world.read(drive.path, name);
    } catch (error) {
      if (tries === READ_TRIES || world.stop.aborted) throw unreadable(name, error);
      await pause(READ_AGAIN_MS, world);
    }
  }
}

const READ_TRIES = 10;
const READ_AGAIN_MS = 200;

function unreadable(name: string, cause: unknown): FlashFailure {
  const { code = 'no reason given' } = cause as NodeJS.ErrnoException;
  return new FlashFailure(
    'drive-gone',
    `the drive is there, but its ${name} cannot be read (${code}): whether the image was taken is not known`,
    'Pull the plug, plug it in again, and flash once more.',
    { cause },
  );
}
