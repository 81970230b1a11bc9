/** Which drive is flashed: one K64F that is ready and no guess, and of everything else what it is and what to do. */
import { describe, expect, test } from '@jest/globals';
import { boardOf } from '../../../firmware-template/drive/board-ids.ts';
import type { FoundDrive } from '../../../firmware-template/drive/find.ts';
import { chooseDrive, driveAt } from '../../../firmware-template/flash/choose.ts';
import { FlashFailure } from '../../../firmware-template/flash/failure.ts';

const ONE = '0240000028884e450019700f6bf0000f8021000097969900';
const TWO = '02400000b1c24e45002d700f6bf0000f8021000097969900';
const MICROBIT = '9900000031864e45001b200f6bf0000f8021000097969900';
const UNKNOWN = 'abcd000031864e45001b200f6bf0000f8021000097969900';

function drive(uniqueId: string | undefined, more: Partial<FoundDrive> = {}): FoundDrive {
  const path = `/media/me/${uniqueId?.slice(8, 12) ?? 'DAPLINK'}`;
  return { path, device: '/dev/sdb', state: 'ready', uniqueId, board: boardOf(uniqueId), ...more };
}

function outcome(choose: () => FoundDrive): string {
  try {
    return choose().path!;
  } catch (error) {
    if (!(error instanceof FlashFailure)) throw error;
    expect(error.fix).toMatch(/\.$/);
    return `${error.flashCause}: ${error.message}`;
  }
}

const UNMOUNTED = { path: undefined, state: 'unmounted', problem: 'it is not mounted', fix: 'Mount it.' } as const;

describe('of the drives that were found', () => {
  const CASES: [string, FoundDrive[], string | undefined, string | RegExp][] = [
    ['the only one', [drive(ONE)], undefined, '/media/me/2888'],
    ['the IBM Ethernet kit is one too', [drive(`0245${ONE.slice(4)}`)], undefined, '/media/me/2888'],
    ['the K64F beside others', [drive(MICROBIT), drive(ONE), drive(TWO, UNMOUNTED)], undefined, '/media/me/2888'],
    ['the one whose ID begins so', [drive(ONE), drive(TWO)], '02400000B1', '/media/me/b1c2'],
    ['none', [], undefined, /^no-board: no board was found/],
    [
      'none with that ID',
      [drive(ONE)],
      '0245',
      /^no-board: no board has an ID that begins with 0245: there is FRDM-K64F/,
    ],
    ['none with an ID at all', [drive(undefined)], '0240', /^no-board: .*there is the drive at \/media\/me\/DAPLINK$/],
    [
      'two',
      [drive(ONE), drive(TWO)],
      undefined,
      /^several-boards: 2 boards could be meant: .*0240000028.*, .*02400000b1/,
    ],
    ['two whose ID begins so', [drive(ONE), drive(TWO)], '0240', /^several-boards: 2 boards could be meant by 0240: /],
    [
      'a bootloader',
      [drive(ONE, { state: 'maintenance' })],
      undefined,
      /^maintenance: FRDM-K64F 0240.* is maintenance$/,
    ],
    [
      'another debug firmware',
      [drive(undefined, { state: 'no-daplink', problem: 'it is J-Link' })],
      undefined,
      'no-daplink: it is J-Link',
    ],
    ['one that is not mounted', [drive(ONE, UNMOUNTED)], undefined, 'no-board: it is not mounted'],
    ['one that cannot be read', [drive(ONE, { state: 'unreadable' })], undefined, /^no-board: .* is unreadable$/],
    ['another board', [drive(MICROBIT)], undefined, /^other-board: BBC micro:bit 9900.* is a BBC micro:bit, not/],
    ['a board nobody knows', [drive(UNKNOWN)], undefined, /^other-board: board abcd.* a board that is not known, not/],
    ['another board that was asked for', [drive(MICROBIT), drive(ONE)], '9900', /^other-board/],
    [
      'one to be mounted, before another board',
      [drive(MICROBIT), drive(ONE, UNMOUNTED)],
      undefined,
      'no-board: it is not mounted',
    ],
  ];
  test.each(CASES)('%s', (_name, drives, board, expected) => {
    const got = outcome(() => chooseDrive(drives, board));
    if (typeof expected === 'string') expect(got).toBe(expected);
    else expect(got).toMatch(expected);
  });

  test('many are not all listed', () => {
    const many = Array.from({ length: 40 }, (_, index) => drive(`${ONE.slice(0, 46)}${index + 10}`));
    expect(outcome(() => chooseDrive(many, undefined))).toMatch(/, 32 more$/);
  });
});

describe('of a folder that was named', () => {
  const CASES: [string, FoundDrive | undefined, string | RegExp][] = [
    ['a K64F', drive(ONE, { path: undefined }), '/mnt/board'],
    ['a folder that does not tell whose it is', drive(undefined), /^other-board: .* has no Unique ID/],
    ['nothing', undefined, 'no-board: there is no drive at /mnt/board'],
    ['a bootloader', drive(ONE, { state: 'maintenance' }), /^maintenance/],
    ['no DAPLink', drive(undefined, { state: 'no-daplink' }), /^no-daplink/],
    ['what cannot be read', drive(undefined, { state: 'unreadable' }), /^no-board/],
    ['another board', drive(MICROBIT), /^other-board/],
    ['a board nobody knows', drive(UNKNOWN), /^other-board/],
  ];
  test.each(CASES)('%s', (_name, found, expected) => {
    const got = outcome(() => driveAt('/mnt/board', found, false));
    if (typeof expected === 'string') expect(got).toBe(expected);
    else expect(got).toMatch(expected);
  });

  test('a board of an old build, which does not tell, has to be asked for twice', () => {
    expect(outcome(() => driveAt('/mnt/board', drive(undefined), true))).toBe('/mnt/board');
    expect(outcome(() => driveAt('/mnt/board', drive(UNKNOWN), true))).toMatch(/^other-board/);
  });
});
