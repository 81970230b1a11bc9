/** What Linux, macOS and Windows say of drives and ports, read as it is meant, and harmless whatever it is. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { linuxSystem, readDiskLink, readMountinfo } from '../../../firmware-template/drive/linux.ts';
import { macosSystem, readIoreg, readMount } from '../../../firmware-template/drive/macos.ts';
import { isPartOf } from '../../../firmware-template/drive/system.ts';
import { readPowerShell, windowsSystem } from '../../../firmware-template/drive/windows.ts';
import { K64F, LINUX, MACOS, MICROBIT, machineOf, OTHER_K64F, WINDOWS } from './machines.ts';

describe('Linux', () => {
  test('tells of mounts, drives and ports', async () => {
    const { mounts, devices, ports } = await linuxSystem(machineOf(LINUX)).look();
    expect(mounts).toContainEqual({
      path: '/media/ann/FRDM-K64FD',
      device: '/dev/sdb',
      label: 'FRDM-K64FD',
      readOnly: false,
      fat: true,
    });
    expect(mounts).toContainEqual(expect.objectContaining({ path: '/media/ann/My photos', label: 'My photos' }));
    expect(mounts.find(({ path }) => path === '/')?.fat).toBe(false);
    expect(devices).toEqual([
      { device: '/dev/sdb', product: 'MBED VFS', serial: K64F, label: 'FRDM-K64FD' },
      { device: '/dev/sdc', product: 'MBED VFS', serial: OTHER_K64F, label: 'DAPLINK' },
      { device: '/dev/sdd', product: 'MBED VFS', serial: MICROBIT, label: undefined },
      // A stick with a partition is that partition.
      { device: '/dev/sde1', product: 'SanDisk Cruzer', serial: '4c530001', label: 'My photos' },
    ]);
    expect(ports.map(({ serial }) => serial)).toEqual([K64F, MICROBIT, 'a600e1xx']);
    expect(ports[0]?.path).toBe(`/dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_${K64F}-if01`);
  });

  test('without udev has what is mounted', async () => {
    const { mounts, devices, ports } = await linuxSystem(machineOf({ ...LINUX, links: {} })).look();
    expect([mounts.length, devices, ports]).toEqual([6, [], []]);
  });

  test('a path comes out of mountinfo as it went in', () => {
    // show_mountinfo in the kernel's fs/proc_namespace.c escapes these, and no others.
    const escaped = (path: string) =>
      path.replaceAll(/[ \t\n\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(fc.constantFrom(...' \t\n\\#-/04é漢\u{1f600}'), fc.string({ minLength: 1, maxLength: 1 })),
        }),
        (name) => {
          fc.pre(!name.includes('\0'));
          const [mount] = readMountinfo(`36 35 98:0 / /${escaped(name)} rw - vfat /dev/${escaped(name)} ro\n`);
          expect(mount).toMatchObject({ path: `/${name}`, device: `/dev/${name}`, readOnly: true });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  // The kernel itself as oracle. Only root may mount.
  (process.getuid?.() === 0 ? test : test.skip)('the kernel writes what is read', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mts-mounts-'));
    const names = ['a b', 'tab\tand\nline', 'back\\slash\\040', 'number#sign', 'é漢', ' - vfat '];
    try {
      for (const name of names) await mkdir(join(dir, name));
      const mounts = names.map(
        (_name, index) => `mount -t tmpfs -o ${index % 2 === 0 ? 'ro' : 'rw'} "of #$(($# + ${index}))" "$${index + 1}"`,
      );
      const script = `${mounts.join(' && ')} && cat /proc/self/mountinfo`;
      const words = ['--mount', 'sh', '-c', script, 'sh', ...names.map((name) => join(dir, name))];
      const { stdout } = await promisify(execFile)('unshare', words, { encoding: 'utf8' });
      const found = readMountinfo(stdout).filter(({ path }) => path.startsWith(`${dir}/`));
      expect(found.map(({ path, device, readOnly }) => [path, device, readOnly])).toEqual(
        names.map((name, index) => [join(dir, name), `of #${names.length + index}`, index % 2 === 0]),
      );
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('what is mounted over another hides it; a part of a file system is no drive', () => {
    const mounts = readMountinfo(
      '1 0 8:1 / /m rw - vfat /dev/sdb rw\n2 0 8:2 / /m rw - vfat /dev/sdc rw\n3 0 8:2 /folder /n rw - vfat /dev/sdc rw\n',
    );
    expect(mounts.map(({ path, device }) => [path, device])).toEqual([['/m', '/dev/sdc']]);
  });

  test.each([
    [`usb-MBED_VFS_${K64F}-0:0`, 'MBED VFS', K64F],
    ['usb-MBED_microcontroller_0240020152986E5EAF6693E6-0:0', 'MBED microcontroller', '0240020152986e5eaf6693e6'],
    ['usb-SEGGER_MSD_Volume_000621000000-0:0-part1', 'SEGGER MSD Volume', '000621000000'],
    ['usb-Generic-_SD_MMC_2012-0:1', 'Generic- SD MMC', '2012'],
  ])('%s', (name, product, serial) => {
    expect(readDiskLink(name)).toEqual({ product, serial });
  });

  test.each(['ata-ST1000_ZN1', 'usb-', 'wwn-0x5000', 'usb-x_y-0', ''])('%j is no USB drive', (name) => {
    expect(readDiskLink(name)).toBeUndefined();
  });
});

describe('macOS', () => {
  test('tells of mounts, drives and ports', async () => {
    expect(await macosSystem(machineOf(MACOS)).look()).toEqual({
      mounts: [
        { path: '/', device: '/dev/disk1s1', label: '', readOnly: true, fat: false },
        { path: '/Volumes/DAPLINK 1', device: '/dev/disk2', label: 'DAPLINK', readOnly: false, fat: true },
        {
          path: '/Volumes/Holiday (2019) on tour',
          device: '/dev/disk5s1',
          label: 'Holiday (2019) on tour',
          readOnly: true,
          fat: true,
        },
      ],
      devices: [
        { device: '/dev/disk2', product: 'DAPLink CMSIS-DAP MBED VFS', serial: K64F, label: undefined },
        { device: '/dev/disk3', product: 'DAPLink CMSIS-DAP MBED VFS', serial: OTHER_K64F, label: undefined },
      ],
      ports: [
        { path: '/dev/cu.usbmodem14212', serial: K64F },
        { path: '/dev/cu.usbmodem14112', serial: OTHER_K64F },
      ],
    });
  });
});

describe('Windows', () => {
  test('tells of mounts, drives and ports', async () => {
    expect(await windowsSystem(machineOf(WINDOWS)).look()).toEqual({
      mounts: [{ path: 'E:\\', device: '\\\\.\\PHYSICALDRIVE1', label: 'DAPLINK', readOnly: false, fat: true }],
      devices: [
        { device: '\\\\.\\PHYSICALDRIVE1', product: 'MBED VFS USB Device', serial: K64F, label: 'DAPLINK' },
        { device: '\\\\.\\PHYSICALDRIVE12', product: 'MBED VFS USB Device', serial: OTHER_K64F, label: undefined },
      ],
      ports: [
        { path: 'COM1', serial: undefined },
        { path: 'COM18', serial: K64F },
      ],
    });
  });

  test('a list of one comes without its brackets, an empty one as null', () => {
    const drive = {
      device: 'D',
      id: 'USBSTOR\\X\\9&1',
      model: 'M',
      volumes: { letter: 'F:', label: null, type: 'FAT32' },
    };
    expect(readPowerShell(JSON.stringify({ drives: drive, ports: null }))).toEqual({
      mounts: [{ path: 'F:\\', device: 'D', label: undefined, readOnly: false, fat: true }],
      devices: [{ device: 'D', product: 'M', serial: undefined, label: undefined }],
      ports: [],
    });
  });

  test.each(['', 'Get-CimInstance : Access denied', '{"drives":'])('%j is said to be no answer', (text) => {
    expect(() => readPowerShell(text)).toThrow(OutsideError);
  });
});

test.each([
  ['/dev/sdb1', '/dev/sdb', true],
  ['/dev/nvme0n1p1', '/dev/nvme0n1', true],
  ['/dev/disk2s1', '/dev/disk2', true],
  ['/dev/disk21', '/dev/disk2', false],
  ['\\\\.\\PHYSICALDRIVE12', '\\\\.\\PHYSICALDRIVE1', false],
  ['/dev/sdb', '/dev/sdb', false],
  ['/dev/sdba', '/dev/sdb', false],
])('%s is a part of %s: %s', (part, whole, is) => {
  expect(isPartOf(part, whole)).toBe(is);
});

test('whatever is printed gives a value or our own error', () => {
  const words = fc.constantFrom(
    '+-o ',
    '| ',
    '"BSD Name" = "disk2"',
    '"USB Serial Number" = "x"',
    '<class IOUSBDevice',
    ' on /',
    ' (msdos)',
    '/dev/disk2',
    ' - ',
    '\\040',
    ' / ',
    '\n',
    '{',
    '"IOCalloutDevice" = "/dev/cu.x"',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(words, { maxLength: 60 }).map((some) => some.join('')),
  );
  const json = fc.jsonValue({ maxDepth: 4 });
  const drives = fc.record({
    drives: fc.oneof(json, fc.array(fc.record({ device: json, id: json, model: json, volumes: json }))),
    ports: fc.oneof(json, fc.array(fc.record({ name: json, id: json, parent: json }))),
  });
  fc.assert(
    fc.property(text, fc.oneof(json, drives), (anything, value) => {
      readMountinfo(anything);
      readMount(anything);
      readIoreg(anything);
      readDiskLink(anything);
      readPowerShell(JSON.stringify(value));
      try {
        readPowerShell(anything);
      } catch (error) {
        expect(error).toBeInstanceOf(OutsideError);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('long output takes time in proportion to its length', () => {
  const started = performance.now();
  readIoreg(`${'+-o x\n'.repeat(100_000)}${' '.repeat(400_000)}"BSD Name`);
  readIoreg(Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}+-o x <class IOUSBDevice>`).join('\n'));
  readMount(`/dev/disk2${' on /'.repeat(100_000)} (`);
  readMountinfo(`1 1 1 / ${'\\040'.repeat(100_000)} rw - x y z\n${' - '.repeat(100_000)}`);
  readDiskLink(`usb-${'_'.repeat(100_000)}`);
  expect(performance.now() - started).toBeLessThan(20_000);
});
