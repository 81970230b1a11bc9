/**
 * Drives and serial ports of boards on Windows, as PowerShell tells of them.
 *
 * A board is one USB device of several functions; its serial number stands in the instance ID of its drive,
 * `USBSTOR\DISK&VEN_MBED&PROD_VFS&REV_0.1\9&215B8C47&0&0240…9900&0`, and of the device that its serial port belongs to,
 * `USB\VID_0D28&PID_0204\0240…9900`. Source: Microsoft, "Device instance IDs", Win32_DiskDrive, Win32_PnPEntity;
 * mbed-ls, mbed_lstools/windows.py, for what boards are called there.
 */
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { DriveSystem, Inventory, Machine, Mount, UsbDrive, UsbPort } from './system.ts';

export function windowsSystem(machine: Machine): DriveSystem {
  return { platform: 'win32', look: () => look(machine), list: machine.list, readFile: machine.readFile };
}

async function look({ run }: Machine): Promise<Inventory> {
  return readPowerShell(await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', SCRIPT]));
}

/** One start of PowerShell takes a second: it tells everything at once. */
export const SCRIPT = `
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$drives = @(Get-CimInstance Win32_DiskDrive -Filter "InterfaceType='USB'" | ForEach-Object {
  $volumes = @($_ | Get-CimAssociatedInstance -ResultClassName Win32_DiskPartition |
    Get-CimAssociatedInstance -ResultClassName Win32_LogicalDisk |
    ForEach-Object { @{ letter = $_.DeviceID; label = $_.VolumeName; type = $_.FileSystem } })
  @{ device = $_.DeviceID; id = $_.PNPDeviceID; model = $_.Model; volumes = $volumes }
})
$ports = @(Get-CimInstance Win32_PnPEntity -Filter "PNPClass='Ports'" | ForEach-Object {
  $parent = (Get-PnpDeviceProperty -InstanceId $_.PNPDeviceID -KeyName DEVPKEY_Device_Parent).Data
  @{ name = $_.Name; id = $_.PNPDeviceID; parent = $parent }
})
@{ drives = $drives; ports = $ports } | ConvertTo-Json -Depth 5 -Compress
`;

/** The script's JSON. OutsideError TOOL if it is none. */
export function readPowerShell(text: string): Inventory {
  const found = objectOf(parsed(text));
  const drives = listOf(found.drives).map(objectOf);
  return {
    mounts: drives.flatMap(mountsOf),
    devices: drives.flatMap(driveOf),
    ports: listOf(found.ports).map(objectOf).flatMap(portOf),
  };
}

function mountsOf({ device, volumes }: Loose): Mount[] {
  return listOf(volumes)
    .map(objectOf)
    .flatMap(({ letter, label, type }): Mount[] => {
      if (typeof device !== 'string' || typeof letter !== 'string' || !/^[A-Z]:$/i.test(letter)) return [];
      const fat = typeof type === 'string' && /^(ex)?fat/i.test(type);
      return [{ path: `${letter}\\`, device, label: textOf(label), readOnly: false, fat }];
    });
}

function driveOf({ device, id, model, volumes }: Loose): UsbDrive[] {
  if (typeof device !== 'string') return [];
  const label = listOf(volumes)
    .map((volume) => textOf(objectOf(volume).label))
    .find((one) => one !== undefined);
  return [{ device, product: textOf(model) ?? '', serial: serialIn(id), label }];
}

function portOf({ name, id, parent }: Loose): UsbPort[] {
  const [, port] = /\((COM\d{1,5})\)/.exec(textOf(name) ?? '') ?? [];
  return port === undefined ? [] : [{ path: port, serial: serialIn(parent) ?? serialIn(id) }];
}

/** The last part of an instance ID, without what Windows puts around a serial number; undefined where it made one up. */
function serialIn(id: unknown): string | undefined {
  const parts = textOf(id)?.split('\\').at(-1)?.split('&') ?? [];
  return parts.find((part) => /^[0-9a-z]{12,64}$/i.test(part))?.toLowerCase();
}

type Loose = Readonly<Record<string, unknown>>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const fix = 'Give the drive by --drive E:\\ and the port by --port COM3, as Explorer and Device Manager show them.';
    throw new OutsideError('TOOL', 'PowerShell did not tell which drives there are', fix, { cause });
  }
}

/** PowerShell writes a list of one as its element, and an empty one as null, in which nothing is found. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function objectOf(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : undefined;
}
