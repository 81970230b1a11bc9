/** Which drives are boards', in which state each is, and what is said to do about it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { boardOf } from '../../../firmware-template/drive/board-ids.ts';
import { type FoundDrive, findDrives, lookAt } from '../../../firmware-template/drive/find.ts';
import { linuxSystem } from '../../../firmware-template/drive/linux.ts';
import { macosSystem } from '../../../firmware-template/drive/macos.ts';
import type { DriveSystem } from '../../../firmware-template/drive/system.ts';
import { windowsSystem } from '../../../firmware-template/drive/windows.ts';
import { driveSystem, machine } from '../../../scripts/firmware/system.ts';
import { type Content, detailsText, K64F, LINUX, MACOS, MICROBIT, machineOf, OTHER_K64F, WINDOWS } from './machines.ts';

const brief = ({ path, device, state, uniqueId, board, serialPort }: FoundDrive) => ({
  path,
  device,
  state,
  uniqueId,
  board: board?.name,
  serialPort,
});

describe('on Linux', () => {
  test('boards are found, mounted or not, and no other drive', async () => {
    const found = await findDrives(linuxSystem(machineOf(LINUX)));
    expect(found.map(brief)).toEqual([
      {
        path: undefined,
        device: '/dev/sdc',
        state: 'unmounted',
        uniqueId: OTHER_K64F,
        board: 'FRDM-K64F',
        serialPort: undefined,
      },
      {
        path: '/media/ann/FRDM-K64FD',
        device: '/dev/sdb',
        state: 'ready',
        uniqueId: K64F,
        board: 'FRDM-K64F',
        serialPort: `/dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_${K64F}-if01`,
      },
      {
        path: '/media/ann/MICROBIT',
        device: '/dev/sdd',
        state: 'ready',
        uniqueId: MICROBIT,
        board: 'BBC micro:bit',
        serialPort: `/dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_${MICROBIT}-if01`,
      },
    ]);
    expect(found[0]).toMatchObject({
      problem: expect.stringContaining('not mounted'),
      fix: 'Mount it: udisksctl mount -b /dev/sdc',
    });
    expect(found[1]).toMatchObject({ label: 'FRDM-K64FD', details: { remountCount: 7 } });
    expect(found[1]?.problem).toBeUndefined();
    expect(found[1]?.board).toEqual({ id: '0240', name: 'FRDM-K64F', isK64F: true });
    expect(found[2]).toMatchObject({ board: { isK64F: false }, problem: 'it is a BBC micro:bit, not an FRDM-K64F' });
  });

  test('without udev a mounted board is found by its files', async () => {
    const found = await findDrives(linuxSystem(machineOf({ ...LINUX, links: {} })));
    expect(found.map(({ path, state, uniqueId }) => [path, state, uniqueId])).toEqual([
      ['/media/ann/FRDM-K64FD', 'ready', K64F],
      ['/media/ann/MICROBIT', 'ready', MICROBIT],
    ]);
  });

  test('a machine that shows nothing has no boards', async () => {
    expect(await findDrives(linuxSystem(machineOf({})))).toEqual([]);
  });

  test('a drive that is mounted read-only is said to be', async () => {
    const files = { ...LINUX.files };
    files['/proc/self/mountinfo'] = files['/proc/self/mountinfo']?.replace('FRDM-K64FD rw', 'FRDM-K64FD ro') ?? '';
    const found = await findDrives(linuxSystem(machineOf({ ...LINUX, files })));
    expect(found.find(({ uniqueId }) => uniqueId === K64F)).toMatchObject({
      state: 'ready',
      problem: '/media/ann/FRDM-K64FD is mounted read-only',
    });
  });

  test('a drive that goes while it is looked at is not mounted', async () => {
    const system = linuxSystem(machineOf(LINUX));
    const gone: DriveSystem = {
      ...system,
      list: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' })),
    };
    const found = await findDrives(gone);
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['unmounted']));
  });
});

test('on macOS', async () => {
  const found = await findDrives(macosSystem(machineOf(MACOS)));
  expect(found.map(brief)).toEqual([
    {
      path: undefined,
      device: '/dev/disk3',
      state: 'unmounted',
      uniqueId: OTHER_K64F,
      board: 'FRDM-K64F',
      serialPort: '/dev/cu.usbmodem14112',
    },
    {
      path: '/Volumes/DAPLINK 1',
      device: '/dev/disk2',
      state: 'ready',
      uniqueId: K64F,
      board: 'FRDM-K64F',
      serialPort: '/dev/cu.usbmodem14212',
    },
  ]);
  expect(found[0]?.fix).toBe('Mount it: diskutil mount /dev/disk3');
});

test('on Windows', async () => {
  const found = await findDrives(windowsSystem(machineOf(WINDOWS)));
  expect(found.map(brief)).toEqual([
    {
      path: undefined,
      device: '\\\\.\\PHYSICALDRIVE12',
      state: 'unmounted',
      uniqueId: OTHER_K64F,
      board: 'FRDM-K64F',
      serialPort: undefined,
    },
    {
      path: 'E:\\',
      device: '\\\\.\\PHYSICALDRIVE1',
      state: 'ready',
      uniqueId: K64F,
      board: 'FRDM-K64F',
      serialPort: 'COM18',
    },
  ]);
});

test('other systems are refused', () => {
  expect(() => driveSystem('freebsd')).toThrow(OutsideError);
});

test('a program that fails is our error', async () => {
  await expect(machine.run('no-such-program-at-all', [])).rejects.toMatchObject({ code: 'TOOL' });
  await expect(machine.run('false', [])).rejects.toMatchObject({ code: 'TOOL' });
});

describe('a folder that is named', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mts-drive-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const look = () => lookAt(driveSystem('linux'), dir);
  const withFiles = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    return await look();
  };

  test('with DETAILS.TXT is ready', async () => {
    const found = await withFiles({ 'DETAILS.TXT': detailsText(K64F) });
    expect(found).toMatchObject({ path: dir, state: 'ready', uniqueId: K64F, board: { isK64F: true } });
    expect(found?.problem).toBeUndefined();
  });

  test('may have its files in small letters', async () => {
    expect(await withFiles({ 'details.txt': detailsText(K64F), 'need_bl.txt': '' })).toMatchObject({
      state: 'ready',
      problem: expect.stringContaining('NEED_BL.TXT'),
    });
  });

  test('has its ID from MBED.HTM where DETAILS.TXT has none', async () => {
    const htm = '<meta http-equiv="refresh" content="0; url=http://mbed.org/device/?code=02400203C3423E60EBEC3893"/>';
    expect(await withFiles({ 'DETAILS.TXT': 'Version: 0226\r\n', 'MBED.HTM': htm })).toMatchObject({
      state: 'ready',
      uniqueId: '02400203c3423e60ebec3893',
      board: { name: 'FRDM-K64F' },
    });
  });

  test.each([
    [
      'the bootloader, by what it says',
      { 'DETAILS.TXT': detailsText('0'.repeat(48), { 'Daplink Mode': 'Bootloader' }) },
      'maintenance',
      /bootloader/,
    ],
    ['the first bootloader', { 'BOOTLOAD.HTM': '' }, 'maintenance', /bootloader/],
    ["P&E Micro's", { 'SDA_INFO.HTM': '', 'FSL_WEB.HTM': '' }, 'no-daplink', /P&E/],
    ["SEGGER's", { 'Segger.html': '', 'Board.html': '' }, 'no-daplink', /J-Link/],
    ['mbed of 2014', { 'MBED.HTM': '' }, 'no-daplink', /before DAPLink/],
    ['nothing', {}, 'no-daplink', /no DETAILS\.TXT/],
    ['an assert', { 'DETAILS.TXT': detailsText(K64F), 'ASSERT.TXT': 'Assert\r\n' }, 'ready', /ASSERT\.TXT/],
    ['a refusal', { 'DETAILS.TXT': detailsText(K64F), 'FAIL.TXT': 'error: x\r\n' }, 'ready', /FAIL\.TXT/],
    ['another board', { 'DETAILS.TXT': detailsText(`0214${K64F.slice(4)}`) }, 'ready', /Hexiwear/],
    ['a board that nobody knows', { 'DETAILS.TXT': detailsText(`fffe${K64F.slice(4)}`) }, 'ready', /not known/],
  ])('with %s', async (_what, files, state, problem) => {
    const found = await withFiles(files);
    expect(found).toMatchObject({ state, problem: expect.stringMatching(problem) });
    expect(found?.fix).toMatch(/^[A-Z].*\.$|https:\/\/daplink\.io$/);
  });

  test.each(['MAINTENANCE', 'BOOTLOADER', 'MAINTENANCE1', 'MAINTENANCE 1'])(
    'called %s is the bootloader',
    async (name) => {
      const path = join(dir, name);
      await mkdir(path);
      expect(await lookAt(driveSystem('linux'), path)).toMatchObject({ state: 'maintenance' });
      // However it came to hold a DETAILS.TXT without a mode.
      await writeFile(join(path, 'DETAILS.TXT'), 'Version: 0226\r\n');
      expect(await lookAt(driveSystem('linux'), path)).toMatchObject({ state: 'maintenance' });
    },
  );

  test.each(['FRDM-K64FD', 'DAPLINK', 'MBED'])('called %s without DETAILS.TXT says what to do', async (name) => {
    const path = join(dir, name);
    await mkdir(path);
    const found = await lookAt(driveSystem('linux'), path);
    expect(found).toMatchObject({ state: 'no-daplink', problem: expect.stringContaining("a board's name") });
    expect(found?.fix).toContain('OpenSDA');
  });

  test('that is not there, or no folder, is nothing', async () => {
    await writeFile(join(dir, 'file'), '');
    expect(await lookAt(driveSystem('linux'), join(dir, 'none'))).toBeUndefined();
    expect(await lookAt(driveSystem('linux'), join(dir, 'file'))).toBeUndefined();
  });

  test.each(['EIO', 'ENODEV', 'ENXIO', 'ENOTCONN', 'EACCES', 'ESOMETHING'])('%s makes it unreadable', async (code) => {
    const broken = () => Promise.reject(Object.assign(new Error(code), { code }));
    for (const broke of [{ list: broken }, { list: async () => ['DETAILS.TXT'], readFile: broken }]) {
      for (const platform of ['linux', 'darwin', 'win32'] as const) {
        const found = await lookAt({ ...driveSystem('linux'), platform, ...broke }, dir);
        expect(found).toMatchObject({ state: 'unreadable', problem: expect.stringContaining(code) });
        expect(found?.fix).toMatch(/\.$/);
      }
    }
  });

  test('holds whatever it likes under the names of DAPLink', async () => {
    await mkdir(join(dir, 'DETAILS.TXT'));
    expect(await look()).toMatchObject({ state: 'unreadable' });
  });

  test('with a pipe in place of a file does not hang', async () => {
    await machine.run('mkfifo', [join(dir, 'DETAILS.TXT')]);
    expect(await look()).toMatchObject({ state: 'ready', uniqueId: undefined });
  });

  test('with a very large DETAILS.TXT is read no further than it must be', async () => {
    expect(await withFiles({ 'DETAILS.TXT': detailsText(K64F) + 'x'.repeat(10_000_000) })).toMatchObject({
      uniqueId: K64F,
    });
    expect(await machine.readFile(join(dir, 'DETAILS.TXT'), 100)).toHaveLength(100);
    expect(await machine.readFile(join(dir, 'DETAILS.TXT'), 200_000)).toHaveLength(200_000);
  });
});

test('whatever stands on a drive, it is a drive in one of the states', async () => {
  const names = fc.constantFrom(
    'DETAILS.TXT',
    'details.txt',
    'MBED.HTM',
    'FAIL.TXT',
    'ASSERT.TXT',
    'NEED_BL.TXT',
    'BOOTLOAD.HTM',
    'x',
  );
  const text = fc.oneof(
    fc.constant(detailsText(K64F)),
    fc.constant('Daplink Mode: Bootloader'),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(names, text),
      fc.constantFrom('/media/DAPLINK', '/media/MAINTENANCE', '/m'),
      async (files, dir) => {
        const content: Content = {
          files: Object.fromEntries(Object.entries(files).map(([name, value]) => [`${dir}/${name}`, value])),
        };
        const found = await lookAt(linuxSystem(machineOf(content)), dir);
        if (Object.keys(files).length === 0) expect(found).toBeUndefined();
        else {
          expect(['ready', 'maintenance', 'no-daplink']).toContain(found?.state);
          expect((found?.problem === undefined) === (found?.fix === undefined)).toBe(true);
          if (found?.state !== 'ready') expect(found?.problem).toBeDefined();
        }
      },
    ),
    { numRuns: 150 },
  );
});

test.each([
  ['0240', true],
  ['0245', true],
  ['0214', false],
  ['0228', false],
  ['0200', false],
])('board %s is a K64F with Ethernet: %s', (id, isK64F) => {
  expect(boardOf(`${id}000032044e45`)).toMatchObject({ id, isK64F });
});

test('an ID that is not known is no board', () => {
  expect([boardOf(undefined), boardOf(''), boardOf('0000abcd'), boardOf('toString')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
