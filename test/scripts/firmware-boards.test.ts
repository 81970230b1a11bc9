/** What `mts firmware boards` prints of the boards that were found, and of none. */
import { describe, expect, test } from '@jest/globals';
import { findDrives } from '../../firmware-template/drive/find.ts';
import { linuxSystem } from '../../firmware-template/drive/linux.ts';
import { boardsJson, boardsText } from '../../scripts/firmware/boards-text.ts';
import { mts } from '../e2e/run-mts.ts';
import { K64F, LINUX, machineOf, OTHER_K64F } from '../firmware-template/drive/machines.ts';

const found = () => findDrives(linuxSystem(machineOf(LINUX)));

test('people read which it is, where, what is wrong and what to do', async () => {
  expect(boardsText(await found())).toBe(`\
FRDM-K64F: not mounted
  ID           ${OTHER_K64F}
  drive        not mounted, /dev/sdc, DAPLINK
  problem      FRDM-K64F is plugged in as /dev/sdc, but its drive is not mounted
  what to do   Mount it: udisksctl mount -b /dev/sdc

FRDM-K64F: ready
  ID           ${K64F}
  drive        /media/ann/FRDM-K64FD, /dev/sdb, FRDM-K64FD
  serial port  /dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_${K64F}-if01
  DAPLink      0246; RESET starts what is flashed

BBC micro:bit: another board
  ID           99013601066800363237423143123250a5a5a5a597969908
  drive        /media/ann/MICROBIT, /dev/sdd, MICROBIT
  serial port  /dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_99013601066800363237423143123250a5a5a5a597969908-if01
  DAPLink      0246; RESET starts what is flashed
  problem      it is a BBC micro:bit, not an FRDM-K64F
  what to do   Firmware that is built for the K64F does not run there: plug in a K64F.
`);
});

test('programs read the same', async () => {
  const { boards } = boardsJson(await found());
  expect(boards.map(({ state, uniqueId }) => [state, uniqueId])).toEqual([
    ['unmounted', OTHER_K64F],
    ['ready', K64F],
    ['ready', expect.stringMatching(/^9901/)],
  ]);
  expect(boards[1]).toEqual({
    state: 'ready',
    board: { id: '0240', name: 'FRDM-K64F', isK64F: true },
    uniqueId: K64F,
    path: '/media/ann/FRDM-K64FD',
    device: '/dev/sdb',
    label: 'FRDM-K64FD',
    serialPort: `/dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_${K64F}-if01`,
    daplink: {
      mode: 'interface',
      interfaceVersion: '0246',
      bootloaderVersion: '0244',
      autoReset: false,
      automationAllowed: false,
      remountCount: 7,
    },
    problem: null,
    fix: null,
  });
  expect(boards[0]).toMatchObject({ path: null, serialPort: null, daplink: null });
});

test('what a drive calls itself is harmless on a terminal', () => {
  const label = 'DAP\u001b[2J\nLINK\u202e';
  expect(boardsText([{ state: 'unreadable', path: `/media/${label}`, label }])).toBe(
    'board that is not known: not readable\n  drive        /media/DAP·[2J·LINK·, DAP·[2J·LINK·\n',
  );
});

describe('as a process', () => {
  test('says what is plugged in here, or what to look at if nothing is', async () => {
    const { status, out, err } = await mts('firmware', 'boards', '--json');
    const { boards } = JSON.parse(out) as { boards: unknown[] };
    expect(status).toBe(boards.length === 0 ? 1 : 0);
    if (boards.length === 0) expect(err).toContain('No board was found on USB');
  });

  test('takes no words that it does not know', async () => {
    expect((await mts('firmware', 'boards', '--drive', '/x')).status).toBe(2);
  });
});
