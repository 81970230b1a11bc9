/** Machines with boards plugged in, made of what their files hold and their programs print. */
import type { Machine } from '../../../firmware-template/drive/system.ts';

export const K64F = '0240000032044e4500257009997b00386781000097969900';
export const OTHER_K64F = '0240000028884e45001070116bf000478021000097969900';
export const MICROBIT = '99013601066800363237423143123250a5a5a5a597969908';

/** What a machine holds: files by path; folders by path, of links and where each ends; programs by name. */
export interface Content {
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly programs?: Readonly<Record<string, string>>;
}

export function machineOf({ files = {}, links = {}, programs = {} }: Content): Machine {
  return {
    readFile: async (path, limit) => (files[path] ?? missing(path)).slice(0, limit),
    list: async (dir) => {
      if (links[dir] !== undefined) return Object.keys(links[dir]);
      const inside = Object.keys(files).filter((path) => path.startsWith(`${dir.replace(/\/$/, '')}/`));
      return inside.length === 0 ? missing(dir) : inside.map((path) => path.slice(dir.replace(/\/$/, '').length + 1));
    },
    realPath: async (path) => {
      const at = path.lastIndexOf('/');
      return links[path.slice(0, at)]?.[path.slice(at + 1)] ?? missing(path);
    },
    run: async (program) => programs[program] ?? missing(program),
  };
}

function missing(path: string): never {
  throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
}

/** DETAILS.TXT as DAPLink 0246 has it, with other lines in place of some. */
export function detailsText(uniqueId: string, lines: Readonly<Record<string, string>> = {}): string {
  const all = {
    'Unique ID': uniqueId,
    'HIC ID': '97969900',
    'Auto Reset': '0',
    'Automation allowed': '0',
    'Overflow detection': '0',
    'Daplink Mode': 'Interface',
    'Interface Version': '0246',
    'Bootloader Version': '0244',
    'Git SHA': '67f8727a030bcc585e982d899fb6382db56d673b',
    'Local Mods': '0',
    'USB Interfaces': 'MSD, CDC, HID',
    'Bootloader CRC': '0xa65218eb',
    'Interface CRC': '0xe4422294',
    'Remount count': '0',
    URL: 'https://mbed.org/device/?code=0240',
    ...lines,
  };
  const text = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `# DAPLink Firmware - see https://mbed.com/daplink\r\n${text.join('')}`;
}

/** Linux with udev and a desktop: a K64F mounted, another that is not, a micro:bit, a stick, and the disk it runs from. */
export const LINUX: Content = {
  files: {
    '/proc/self/mountinfo': [
      '22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw',
      '27 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw',
      '31 27 259:1 / /boot/efi rw,relatime shared:30 - vfat /dev/nvme0n1p1 rw,fmask=0077',
      '90 27 8:16 / /media/ann/FRDM-K64FD rw,nosuid,nodev,relatime shared:400 - vfat /dev/sdb rw,uid=1000,shortname=mixed',
      '91 27 8:48 / /media/ann/MICROBIT rw,nosuid,nodev,relatime shared:401 - vfat /dev/sdd rw,uid=1000',
      '92 27 8:65 / /media/ann/My\\040photos rw,nosuid,nodev,relatime shared:402 - vfat /dev/sde1 rw,uid=1000',
      '',
    ].join('\n'),
    '/boot/efi/BOOT.CSV': '',
    '/media/ann/FRDM-K64FD/DETAILS.TXT': detailsText(K64F, { 'Remount count': '7' }),
    '/media/ann/FRDM-K64FD/PRODINFO.HTM': '<html>',
    '/media/ann/MICROBIT/details.txt': detailsText(MICROBIT),
    '/media/ann/My photos/cat.jpg': 'JPEG',
  },
  links: {
    '/dev/disk/by-id': {
      'nvme-Samsung_SSD_980_S64DNX0R': '/dev/nvme0n1',
      [`usb-MBED_VFS_${K64F}-0:0`]: '/dev/sdb',
      [`usb-MBED_VFS_${OTHER_K64F}-0:0`]: '/dev/sdc',
      [`usb-MBED_VFS_${MICROBIT}-0:0`]: '/dev/sdd',
      'usb-SanDisk_Cruzer_4C530001-0:0': '/dev/sde',
      'usb-SanDisk_Cruzer_4C530001-0:0-part1': '/dev/sde1',
    },
    '/dev/disk/by-label': { 'FRDM-K64FD': '/dev/sdb', 'My\\x20photos': '/dev/sde1', DAPLINK: '/dev/sdc' },
    '/dev/serial/by-id': {
      [`usb-ARM_DAPLink_CMSIS-DAP_${K64F}-if01`]: '/dev/ttyACM0',
      [`usb-ARM_DAPLink_CMSIS-DAP_${MICROBIT}-if01`]: '/dev/ttyACM1',
      'usb-FTDI_FT232R_USB_UART_A600e1xx-if00-port0': '/dev/ttyUSB0',
    },
  },
};

const usbDevice = (indent: string, name: string, serial: string, disk: string, port: string): string =>
  [
    `+-o ${name}@14210000  <class IOUSBHostDevice, id 0x100000b2a, registered, matched, active, busy 0 (12 ms), retain 43>`,
    '  | {',
    '  |   "sessionID" = 1203456789',
    `  |   "USB Serial Number" = "${serial}"`,
    '  |   "idVendor" = 3368',
    '  | }',
    '  +-o CDC ACM Data@2  <class IOUSBHostInterface, id 0x100000b31, registered, matched, active, busy 0 (5 ms), retain 7>',
    '  | | {',
    '  | |   "bInterfaceClass" = 10',
    '  | | }',
    '  | +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100000b35, registered, matched, active, busy 0 (0 ms)>',
    '  |     {',
    `  |       "IOCalloutDevice" = "/dev/cu.${port}"`,
    `  |       "IODialinDevice" = "/dev/tty.${port}"`,
    '  |     }',
    '  +-o MSD Interface@0  <class IOUSBHostInterface, id 0x100000b2f, registered, matched, active, busy 0 (10 ms)>',
    '    | {',
    '    |   "bInterfaceClass" = 8',
    '    | }',
    '    +-o MBED VFS Media  <class IOMedia, id 0x100000b3c, registered, matched, active, busy 0 (3 ms), retain 10>',
    '        {',
    `          "BSD Name" = "${disk}"`,
    '          "Whole" = Yes',
    '        }',
  ]
    .map((line) => `${indent}${line}`)
    .join('\n');

/** macOS with two K64Fs, one of them behind a hub and not mounted. */
export const MACOS: Content = {
  programs: {
    '/sbin/mount': [
      '/dev/disk1s1 on / (apfs, local, read-only, journaled)',
      'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
      '/dev/disk2 on /Volumes/DAPLINK 1 (msdos, local, nodev, nosuid, noowners)',
      '/dev/disk5s1 on /Volumes/Holiday (2019) on tour (msdos, local, nodev, nosuid, read-only, noowners)',
      '',
    ].join('\n'),
    '/usr/sbin/ioreg': [
      usbDevice('', 'DAPLink CMSIS-DAP', K64F, 'disk2', 'usbmodem14212'),
      '+-o USB2.0 Hub@14100000  <class IOUSBHostDevice, id 0x100000a00, registered, matched, active, busy 0 (2 ms)>',
      '  | {',
      '  |   "USB Product Name" = "USB2.0 Hub"',
      '  | }',
      usbDevice('  ', 'DAPLink CMSIS-DAP', OTHER_K64F.toUpperCase(), 'disk3', 'usbmodem14112'),
      '',
    ].join('\n'),
  },
  files: {
    '/Volumes/DAPLINK 1/DETAILS.TXT': detailsText(K64F),
    '/Volumes/Holiday (2019) on tour/a.jpg': '',
  },
};

/** Windows with a K64F that has a letter and one that has none, and a printer's port. */
export const WINDOWS: Content = {
  programs: {
    'powershell.exe': `\uFEFF${JSON.stringify({
      drives: [
        {
          device: '\\\\.\\PHYSICALDRIVE1',
          id: `USBSTOR\\DISK&VEN_MBED&PROD_VFS&REV_0.1\\9&215B8C47&0&${K64F.toUpperCase()}&0`,
          model: 'MBED VFS USB Device',
          volumes: [{ letter: 'E:', label: 'DAPLINK', type: 'FAT' }],
        },
        {
          device: '\\\\.\\PHYSICALDRIVE12',
          id: `USBSTOR\\DISK&VEN_MBED&PROD_VFS&REV_0.1\\9&215B8C48&0&${OTHER_K64F.toUpperCase()}&0`,
          model: 'MBED VFS USB Device',
          volumes: null,
        },
      ],
      ports: [
        { name: 'Communications Port (COM1)', id: 'ACPI\\PNP0501\\0', parent: 'ACPI\\PNP0A08\\0' },
        {
          name: 'mbed Serial Port (COM18)',
          id: 'USB\\VID_0D28&PID_0204&MI_01\\8&1A2B3C4D&0&0001',
          parent: `USB\\VID_0D28&PID_0204\\${K64F.toUpperCase()}`,
        },
      ],
    })}`,
  },
  files: { 'E:\\/DETAILS.TXT': detailsText(K64F), 'E:\\DETAILS.TXT': detailsText(K64F) },
};
