/**
 * Sees a drive go away to program and come back.
 *
 *   there ──► gone ──► there again, with a Remount count that grew
 *     └──── (too quick to be seen) ───┘
 *
 * DAPLink takes its drive away for some 3 s after each transfer, and counts how often it did (Remount count in
 * DETAILS.TXT) since it was plugged in: a count that did not grow is that of a board which lost its power meanwhile.
 * Builds before the count have only the going and the coming. It may be mounted elsewhere when it is back, so it is
 * known by its Unique ID. Source: DAPLink, source/daplink/drag-n-drop/vfs_manager.c, vfs_user.c; issue 313.
 */
import type { FoundDrive } from '../drive/find.ts';
import { FlashFailure } from './failure.ts';
import { type FlashWorld, pause } from './world.ts';

/** From one look at the drive to the next. */
const LOOK_MS = 150;
/** From one search of all drives to the next: on some systems it takes a second. */
const SEARCH_MS = 1_000;

/** A drive that has a place in the file system. */
export type MountedDrive = FoundDrive & { readonly path: string };

/** Resolves to the drive after it was away. FlashFailure `not-taken`, `not-back`, `drive-gone`, `maintenance`, `stopped`. */
export async function awaitRemount(before: MountedDrive, world: FlashWorld, timeoutMs: number): Promise<MountedDrive> {
  const quick = await untilGone(before, world, timeoutMs);
  if (quick !== undefined) return quick;
  world.tell({ kind: 'programming' });
  return await untilBack(before, world, timeoutMs);
}

/** Resolves to undefined when the drive is away, or to the drive if it was away and back between two looks. */
async function untilGone(
  before: MountedDrive,
  world: FlashWorld,
  timeoutMs: number,
): Promise<MountedDrive | undefined> {
  const begun = world.now();
  for (;;) {
    const seen = await mountedAt(before, world);
    if (seen === undefined) return undefined;
    if (countOf(seen) !== countOf(before)) return remounted(seen, before);
    if (world.stop.aborted) throw stoppedWhile('the board had not begun to program yet');
    if (world.now() - begun >= timeoutMs) throw notTaken(before, timeoutMs);
    await pause(LOOK_MS, world);
  }
}

/** Resolves to the drive when it is back, wherever it is mounted then. */
async function untilBack(before: MountedDrive, world: FlashWorld, timeoutMs: number): Promise<MountedDrive> {
  const begun = world.now();
  let searchAt = begun + SEARCH_MS;
  for (;;) {
    const seen = (await mountedAt(before, world)) ?? (world.now() >= searchAt ? await found(before, world) : undefined);
    if (seen !== undefined) return remounted(seen, before);
    if (world.now() >= searchAt) searchAt = world.now() + SEARCH_MS;
    if (world.stop.aborted) throw stoppedWhile('the board was programming');
    if (world.now() - begun >= timeoutMs) throw await notBack(before, world, timeoutMs);
    await pause(LOOK_MS, world);
  }
}

/** The same board, where it was; a folder that is left empty, or holds another board now, is not it. */
async function mountedAt(before: MountedDrive, world: FlashWorld): Promise<MountedDrive | undefined> {
  const seen = await world.lookAt(before.path);
  return seen !== undefined && isSame(seen, before) ? { ...seen, path: before.path } : undefined;
}

async function found(before: MountedDrive, world: FlashWorld): Promise<MountedDrive | undefined> {
  if (before.uniqueId === undefined) return undefined;
  return (await world.find()).find((one): one is MountedDrive => one.path !== undefined && isSame(one, before));
}

/** In its bootloader it is the same board too, although its ID has no digits for which board it is on. */
function isSame(seen: FoundDrive, before: FoundDrive): boolean {
  if (seen.state === 'maintenance') return seen.uniqueId?.slice(BOARD_DIGITS) === before.uniqueId?.slice(BOARD_DIGITS);
  return seen.state === 'ready' && seen.uniqueId === before.uniqueId;
}

/** Of a Unique ID, the kind of the board. */
const BOARD_DIGITS = 4;

function remounted(seen: MountedDrive, before: MountedDrive): MountedDrive {
  if (seen.state === 'maintenance') throw cameBackAsBootloader();
  const [count, countBefore] = [countOf(seen), countOf(before)];
  if (count !== undefined && countBefore !== undefined && count <= countBefore) throw restarted(countBefore, count);
  return seen;
}

function countOf({ details }: FoundDrive): number | undefined {
  return details?.remountCount;
}

function notTaken({ path }: MountedDrive, timeoutMs: number): FlashFailure {
  return new FlashFailure(
    'not-taken',
    `the image is on the drive, but the board did not begin to program it within ${timeoutMs / 1000} s`,
    'See that it is the drive of the board itself, not a copy of it. Then pull the plug, plug it in again and flash once ' +
      `more. A drive that was mounted by hand is not seen to go: unmount ${path}, mount it again, and see whether it has ` +
      'a FAIL.TXT (the board refused) and whether the Remount count in DETAILS.TXT grew (it took the image).',
  );
}

async function notBack(before: MountedDrive, world: FlashWorld, timeoutMs: number): Promise<FlashFailure> {
  const message = `the drive went away to program, and was not back within ${timeoutMs / 1000} s`;
  const unmounted = await unmountedNow(before, world);
  if (unmounted === undefined) {
    const fix =
      'Pull the plug and plug it in again. If its drive comes then, flash once more: whether it was programmed is not known.';
    return new FlashFailure('not-back', message, fix);
  }
  return new FlashFailure(
    'not-back',
    `${message}: the board is there${unmounted.device === undefined ? '' : ` as ${unmounted.device}`}, but nothing mounts its drive`,
    `${unmounted.fix ?? 'Mount it.'} Without a FAIL.TXT on it the image was taken.`,
  );
}

async function unmountedNow(before: MountedDrive, world: FlashWorld): Promise<FoundDrive | undefined> {
  if (before.uniqueId === undefined) return undefined;
  try {
    return (await world.find()).find((one) => one.path === undefined && one.uniqueId === before.uniqueId);
  } catch {
    // Looked for only to explain better.
    return undefined;
  }
}

function cameBackAsBootloader(): FlashFailure {
  return new FlashFailure(
    'maintenance',
    'the board came back as its bootloader, which takes no applications',
    'Pull the plug, and plug it in again without touching RESET; then flash once more.',
  );
}

function restarted(before: number, count: number): FlashFailure {
  return new FlashFailure(
    'drive-gone',
    `the board lost its power, or was plugged in again, before it had programmed (Remount count ${before} before, ${count} now)`,
    'Check the cable, and flash once more: what is on the board now is not known.',
  );
}

function stoppedWhile(what: string): FlashFailure {
  return new FlashFailure(
    'stopped',
    `stopped while ${what}: whether it took the image is not known`,
    'When its drive is back, a FAIL.TXT on it says why it refused; without one it took the image. Or flash again.',
  );
}
