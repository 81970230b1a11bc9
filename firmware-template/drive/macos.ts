/**
 * Drives and serial ports of boards on macOS.
 *
 *   mount                                  /dev/disk2 on /Volumes/DAPLINK (msdos, local, nodev, nosuid, noowners)
 *   ioreg -r -c IOUSBHostDevice -l -w 0    each USB device with all that hangs on it: "BSD Name" of its drive,
 *                                          "IOCalloutDevice" of its serial port
 *
 * Source: mount(8), ioreg(8); ARMmbed/mbed-ls issue 38 for the way from a USB device to its drive.
 */
import type { DriveSystem, Inventory, Machine, Mount, UsbDrive, UsbPort } from './system.ts';

export function macosSystem(machine: Machine): DriveSystem {
  return { platform: 'darwin', look: () => look(machine), list: machine.list, readFile: machine.readFile };
}

async function look({ run }: Machine): Promise<Inventory> {
  const [mounts, registry] = await Promise.all([
    run('/sbin/mount', []),
    run('/usr/sbin/ioreg', ['-r', '-c', 'IOUSBHostDevice', '-l', '-w', '0']),
  ]);
  return { mounts: readMount(mounts), ...readIoreg(registry) };
}

/** What `mount` prints. A volume's name is the last part of its path; macOS adds a number where that is taken. */
export function readMount(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const at = line.indexOf(' on /');
    const options = line.lastIndexOf(' (');
    if (!line.startsWith('/dev/') || at < 0 || options < at + 4 || !line.endsWith(')')) return [];
    const path = line.slice(at + 4, options);
    const words = line.slice(options + 2, -1).split(/, ?/);
    return [
      {
        path,
        device: line.slice(0, at),
        label: path
          .split('/')
          .at(-1)
          ?.replace(/ \d{1,3}$/, ''),
        readOnly: words.includes('read-only'),
        fat: words.includes('msdos') || words.includes('exfat'),
      },
    ];
  });
}

interface Node {
  readonly depth: number;
  name: string;
  serial: string | undefined;
  /** Has a USB serial number itself, or is a USB device without one. */
  isUsb: boolean;
}

/** What `ioreg` prints, a tree by indentation: drives and ports with the serial number of the USB device they hang on. */
export function readIoreg(text: string): Pick<Inventory, 'devices' | 'ports'> {
  const devices = new Map<string, UsbDrive>();
  const ports = new Map<string, UsbPort>();
  const above: Node[] = [];
  for (const line of text.split('\n')) {
    const depth = line.indexOf('+-o ');
    if (depth >= 0 && /^[ |]*$/.test(line.slice(0, depth))) {
      while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
      if (above.length === MOST_DEPTH) continue;
      const name = line.slice(depth + 4, depth + 204).replace(/(@[^ ]*)? *(<class .*)?$/, '');
      above.push({ depth, name, serial: undefined, isUsb: /<class IOUSB(Host)?Device\b/.test(line) });
      continue;
    }
    const [, key, value] = /^[ |]{0,400}"([^"]{1,60})" = "([^"]{1,200})"/.exec(line) ?? [];
    const node = above.at(-1);
    if (key === undefined || value === undefined || node === undefined) continue;
    const device = above.findLast(({ isUsb }) => isUsb);
    if (/^(USB Serial Number|kUSBSerialNumberString)$/.test(key)) node.serial = value.toLowerCase();
    else if (key === 'BSD Name' && /^disk\d{1,4}$/.test(value)) {
      devices.set(value, {
        device: `/dev/${value}`,
        product: productOf(node, device),
        serial: device?.serial,
        label: undefined,
      });
    } else if (key === 'IOCalloutDevice') ports.set(value, { path: value, serial: device?.serial });
  }
  return { devices: [...devices.values()], ports: [...ports.values()] };
}

/** Deeper than any chain of hubs. */
const MOST_DEPTH = 200;

/** The medium's own name, `MBED VFS Media`, and that of the USB device. */
function productOf(medium: Node, device: Node | undefined): string {
  return [device?.name, medium.name.replace(/ Media$/, '')].filter((name) => name !== undefined).join(' ');
}
