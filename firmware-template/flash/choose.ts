/** Which of the drives that were found is flashed: the one K64F that is ready, or the one that was asked for. */
import type { FoundDrive } from '../drive/find.ts';
import { FlashFailure } from './failure.ts';
import type { MountedDrive } from './remount.ts';

/** The only K64F that is ready, of those whose Unique ID begins with `board`. FlashFailure says why there is none, or not one. */
export function chooseDrive(drives: readonly FoundDrive[], board: string | undefined): MountedDrive {
  const asked = drives.filter(({ uniqueId }) => board === undefined || hasId(uniqueId, board));
  const [first, ...more] = asked.filter(isReadyK64F);
  if (first === undefined) throw noneReady(drives, asked, board);
  if (more.length > 0) throw several([first, ...more], board);
  return first;
}

/** The drive in a folder that was named. That it does not tell which board it is of is let pass only with `force`. */
export function driveAt(path: string, drive: FoundDrive | undefined, force: boolean): MountedDrive {
  if (drive === undefined) throw noBoard(`there is no drive at ${path}`);
  if (drive.state !== 'ready') throw notReady(drive);
  if (drive.uniqueId === undefined && !force) throw unknownBoard(path);
  if (drive.uniqueId !== undefined && drive.board?.isK64F !== true) throw otherBoard(drive);
  return { ...drive, path };
}

function hasId(uniqueId: string | undefined, begins: string): boolean {
  return uniqueId?.toLowerCase().startsWith(begins.toLowerCase()) ?? false;
}

function isReadyK64F(drive: FoundDrive): drive is MountedDrive {
  return drive.state === 'ready' && drive.path !== undefined && drive.board?.isK64F === true;
}

function noneReady(
  drives: readonly FoundDrive[],
  asked: readonly FoundDrive[],
  board: string | undefined,
): FlashFailure {
  if (drives.length === 0) return noBoard('no board was found on USB');
  if (asked.length === 0) return noBoard(`no board has an ID that begins with ${board}: there is ${listOf(drives)}`);
  // One that only has to be mounted, or started otherwise, is nearer to what is wanted than another board.
  const nearest = ['maintenance', 'unmounted', 'unreadable', 'no-daplink'] as const;
  const near = nearest
    .map((state) => asked.find((drive) => drive.state === state))
    .find((drive) => drive !== undefined);
  return near === undefined ? otherBoard(asked[0]!) : notReady(near);
}

function notReady(drive: FoundDrive): FlashFailure {
  const what = drive.problem ?? `${nameOf(drive)} is ${drive.state}`;
  switch (drive.state) {
    case 'maintenance':
      return new FlashFailure(
        'maintenance',
        what,
        drive.fix ?? 'Pull the plug, and plug it in again without touching RESET.',
      );
    case 'no-daplink':
      return new FlashFailure('no-daplink', what, drive.fix ?? SEE_BOARDS);
    default:
      return new FlashFailure('no-board', what, drive.fix ?? SEE_BOARDS);
  }
}

const SEE_BOARDS = 'See `mts firmware boards`.';

function noBoard(message: string): FlashFailure {
  return new FlashFailure(
    'no-board',
    message,
    'Use a USB cable that carries data, in the connector marked OpenSDA (not the other one), and see `mts firmware boards`.',
  );
}

function otherBoard(drive: FoundDrive): FlashFailure {
  const what = drive.board === undefined ? 'a board that is not known' : `a ${drive.board.name}`;
  return new FlashFailure(
    'other-board',
    `${nameOf(drive)} is ${what}, not an FRDM-K64F: the image would not run there`,
    'Plug in the K64F, or name its drive with --drive or its ID with --board: see `mts firmware boards`.',
  );
}

/** The image holds a private key: it is not left in a folder that may be no board at all. */
function unknownBoard(path: string): FlashFailure {
  return new FlashFailure(
    'other-board',
    `the DETAILS.TXT in ${path} has no Unique ID: nothing says that it is the drive of an FRDM-K64F`,
    'See `mts firmware boards`. If it is the board, with a DAPLink so old that it has no ID, give --force.',
  );
}

function several(drives: readonly FoundDrive[], board: string | undefined): FlashFailure {
  return new FlashFailure(
    'several-boards',
    `${drives.length} boards could be meant${board === undefined ? '' : ` by ${board}`}: ${listOf(drives)}`,
    'Give the first letters of the ID of one, enough to tell it from the others, to --board.',
  );
}

const MOST_LISTED = 8;

function listOf(drives: readonly FoundDrive[]): string {
  const rest = drives.length > MOST_LISTED ? [`${drives.length - MOST_LISTED} more`] : [];
  return [...drives.slice(0, MOST_LISTED).map(nameOf), ...rest].join(', ');
}

function nameOf({ uniqueId, path, device, board }: FoundDrive): string {
  const place = path ?? device ?? 'nowhere';
  return uniqueId === undefined ? `the drive at ${place}` : `${board?.name ?? 'board'} ${uniqueId} at ${place}`;
}
