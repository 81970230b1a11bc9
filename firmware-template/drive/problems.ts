/** What can be wrong with a board's drive, and what to do about it. Which of it is the case is seen in find.ts. */
import type { Board } from './board-ids.ts';
import type { FoundDrive } from './find.ts';
import type { DriveSystem } from './system.ts';

type Trouble = Pick<FoundDrive, 'problem' | 'fix'>;

/** The first thing that is in the way on a drive with DETAILS.TXT; `names` are those of its files, in capitals. */
export function troubleOf(
  state: 'ready' | 'maintenance',
  path: string,
  readOnly: boolean,
  names: ReadonlyMap<string, string>,
  board: Board | undefined,
): Trouble {
  if (state === 'maintenance') {
    return {
      problem: `${path} is the drive of DAPLink's bootloader, which takes debug firmware, not applications`,
      fix: 'Pull the plug, and plug it in again without touching RESET.',
    };
  }
  if (readOnly) {
    return { problem: `${path} is mounted read-only`, fix: `Mount it for writing: sudo mount -o remount,rw ${path}` };
  }
  if (names.has('NEED_BL.TXT')) {
    return {
      problem:
        'an update of its bootloader was begun and not finished (NEED_BL.TXT): the board is one step from being dead',
      fix: 'Before anything else copy the bootloader of DAPLink for FRDM-K64F from https://daplink.io to this drive.',
    };
  }
  if (names.has('ASSERT.TXT')) {
    return {
      problem: `its debug firmware failed some time ago (${path} has an ASSERT.TXT)`,
      fix: `Delete ASSERT.TXT from the drive; if it comes again, put a newer DAPLink onto the board: https://daplink.io`,
    };
  }
  if (names.has('FAIL.TXT')) {
    return {
      problem: `the last file that was copied to it was refused (${path} has a FAIL.TXT)`,
      fix: 'Flash again with `mts firmware flash`, which says why if it is refused again.',
    };
  }
  if (board?.isK64F === true) return {};
  return {
    problem: `it is ${board === undefined ? 'a board that is not known' : `a ${board.name}`}, not an FRDM-K64F`,
    fix: 'Firmware that is built for the K64F does not run there: plug in a K64F.',
  };
}

/** How a drive is mounted by hand. */
export function howToMount(device: string, platform: DriveSystem['platform']): string {
  switch (platform) {
    case 'linux':
      return `Mount it: udisksctl mount -b ${device}`;
    case 'darwin':
      return `Mount it: diskutil mount ${device}`;
    case 'win32':
      return 'Give it a letter in Disk Management (diskmgmt.msc).';
  }
}

/** Why a drive cannot be read, from Node's code of the error. */
export function notReadable(path: string, code: string, { platform }: DriveSystem): Trouble {
  if (code !== 'EACCES' && code !== 'EPERM') {
    const fix = 'Pull the plug, wait a few seconds, and plug it in again, with a cable that carries data.';
    return { problem: `${path} cannot be read: ${code}`, fix };
  }
  const fix = {
    linux: `Unmount it, and mount it so that you may write to it: udisksctl mount does, and so does mount with -o uid=$(id -u).`,
    darwin: 'Allow the terminal to reach removable volumes: System Settings, Privacy & Security, Files and Folders.',
    win32: 'See in the properties of the drive who may write to it; company policies may forbid USB drives.',
  }[platform];
  return { problem: `${path} may not be read by you: ${code}`, fix };
}
