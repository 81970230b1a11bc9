/** Why a board was not flashed, or not seen to register: each cause has a word for programs and an exit status of its own. */

export const CAUSES = {
  'would-lock': { status: 20, means: 'the image would lock the chip; nothing overrides this' },
  'bad-image': { status: 21, means: 'the image cannot run on a K64F' },
  'other-firmware': {
    status: 22,
    means: 'the image is not the one that was generated: another server or name is in it',
  },
  'no-board': { status: 23, means: 'no board was found' },
  'several-boards': { status: 24, means: 'several boards were found, and none was chosen' },
  'other-board': { status: 25, means: 'the drive is that of another board, not of a K64F' },
  'no-daplink': { status: 26, means: 'the drive has no DAPLink: another debug firmware, or no board at all' },
  maintenance: { status: 27, means: 'the drive is that of the bootloader, which takes no applications' },
  'not-writable': { status: 28, means: 'the drive is read-only, or writing to it is not permitted' },
  'drive-full': { status: 29, means: 'the drive has no room' },
  'drive-gone': { status: 30, means: 'the drive went away in the middle of the copy' },
  'not-taken': { status: 31, means: 'the file was copied, but the board never began to program it' },
  'not-back': { status: 32, means: 'the drive went away to program, and did not come back' },
  'file-refused': { status: 33, means: 'DAPLink says that the file is at fault' },
  target: { status: 34, means: 'DAPLink cannot program the chip' },
  interface: { status: 35, means: 'DAPLink itself failed' },
  transient: { status: 36, means: 'the transfer failed each time that it was tried' },
  'reset-failed': { status: 37, means: 'flashed, but the board could not be reset by its serial port' },
  'not-registered': { status: 38, means: 'flashed, but the board did not register in time' },
  stopped: { status: 39, means: 'stopped by Ctrl-C' },
} as const satisfies Record<string, { status: number; means: string }>;

export type Cause = keyof typeof CAUSES;
export type FlashStatus = (typeof CAUSES)[Cause]['status'];
