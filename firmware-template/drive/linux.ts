/**
 * Drives and serial ports of boards on Linux.
 *
 *   /proc/self/mountinfo           what is mounted where (proc_pid_mountinfo(5)); spaces and the like are octal: \040
 *   /dev/disk/by-id/usb-MBED_VFS_<serial>-0:0                 → ../../sdb
 *   /dev/disk/by-label/FRDM-K64FD                             → ../../sdb
 *   /dev/serial/by-id/usb-ARM_DAPLink_CMSIS-DAP_<serial>-if01 → ../../ttyACM0
 *
 * The links are udev's (60-persistent-storage.rules, 60-serial.rules): without udev a drive is found only when it is
 * mounted, and its serial port not at all.
 */
import {
  type DriveSystem,
  type Inventory,
  isPartOf,
  type Machine,
  type Mount,
  type UsbDrive,
  type UsbPort,
} from './system.ts';

const MOUNTINFO = '/proc/self/mountinfo';
const DISKS = '/dev/disk/by-id';
const LABELS = '/dev/disk/by-label';
const PORTS = '/dev/serial/by-id';
/** A machine full of containers has some thousand mounts of 200 bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

export function linuxSystem(machine: Machine): DriveSystem {
  return {
    platform: 'linux',
    look: () => look(machine),
    list: machine.list,
    readFile: machine.readFile,
  };
}

async function look(machine: Machine): Promise<Inventory> {
  const [mountinfo, disks, labels, ports] = await Promise.all([
    machine.readFile(MOUNTINFO, MOST_BYTES).catch(() => ''),
    linksIn(DISKS, machine),
    linksIn(LABELS, machine),
    linksIn(PORTS, machine),
  ]);
  const labelOf = new Map([...labels].map(([name, device]) => [device, unescaped(name, HEX_ESCAPE, 16)]));
  const mounts = readMountinfo(mountinfo).map((mount) => ({ ...mount, label: labelOf.get(mount.device) }));
  const devices = [...disks].flatMap(([name, device]): UsbDrive[] => {
    const read = readDiskLink(name);
    return read === undefined ? [] : [{ device, label: labelOf.get(device), ...read }];
  });
  return { mounts, devices: wholeDrives(devices), ports: [...ports.keys()].flatMap(portOf) };
}

/** Each line of mountinfo that is a whole file system; what was mounted later over the same place hides what was there. */
export function readMountinfo(text: string): Mount[] {
  const byPath = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    // (1) mount (2) parent (3) major:minor (4) root (5) mount point (6) options (7) optional … - (8) type (9) source (10) options
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , root, point, options = ''] = before.split(' ');
    const [type = '', source, superOptions = ''] = after.split(' ');
    if (point === undefined || source === undefined || root !== '/') continue;
    const path = unescaped(point, OCTAL_ESCAPE, 8);
    byPath.delete(path);
    byPath.set(path, {
      path,
      device: unescaped(source, OCTAL_ESCAPE, 8),
      label: undefined,
      readOnly: [...options.split(','), ...superOptions.split(',')].includes('ro'),
      fat: /^(v?fat|msdos|exfat)$/.test(type),
    });
  }
  return [...byPath.values()];
}

/** `usb-MBED_VFS_0240…-0:0` as product and serial number; undefined: not a drive that is plugged in by USB. */
export function readDiskLink(name: string): Pick<UsbDrive, 'product' | 'serial'> | undefined {
  const [, product, serial] = /^usb-(.{0,200}?)_?([^_]{0,100})-\d{1,3}:\d{1,3}(?:-part\d{1,3})?$/.exec(name) ?? [];
  return product === undefined ? undefined : { product: product.replaceAll('_', ' '), serial: serial?.toLowerCase() };
}

function portOf(name: string): UsbPort[] {
  const [, serial] = /^usb-(?:.{0,200}_)?([^_]{1,100})-if[0-9a-f]{2}(?:-port\d{1,3})?$/.exec(name) ?? [];
  // The link stays the same when the port comes back under another number.
  return serial === undefined ? [] : [{ path: `${PORTS}/${name}`, serial: serial.toLowerCase() }];
}

/** A board's drive has no partitions; of one that has, each is a drive, and the whole is none that can be mounted. */
function wholeDrives(devices: readonly UsbDrive[]): UsbDrive[] {
  return devices.filter(({ device }) => !devices.some((part) => isPartOf(part.device, device)));
}

/** Name and target of each link in a folder, which need not be there. */
async function linksIn(dir: string, { list, realPath }: Machine): Promise<Map<string, string>> {
  const names = await list(dir).catch(() => []);
  // A link whose device is just going away is as good as none.
  const targets = await Promise.all(names.map((name) => realPath(`${dir}/${name}`).catch(() => undefined)));
  return new Map(names.flatMap((name, index) => (targets[index] === undefined ? [] : [[name, targets[index]]])));
}

const OCTAL_ESCAPE = /\\([0-3][0-7]{2})/g;
const HEX_ESCAPE = /\\x([0-9a-f]{2})/gi;

/** The escapes stand for bytes, and bytes for UTF-8. */
function unescaped(text: string, sequence: RegExp, base: 8 | 16): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return Buffer.from(
    bytes.replace(sequence, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, base))),
    'latin1',
  ).toString('utf8');
}
