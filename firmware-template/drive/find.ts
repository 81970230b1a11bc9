/**
 * The drives of boards on this machine: which board each is, and whether it takes an image.
 *
 * A drive is a board's if what is plugged in says so, or the files on it do: the label alone is no proof, and what
 * other drives hold is nobody's business. A drive that is not mounted is found where the system knows it by name.
 * Source: DAPLink, source/daplink/drag-n-drop/vfs_user.c; mbed-ls, which finds boards in the same ways.
 */
import { type Board, boardOf } from './board-ids.ts';
import { type Details, idInMbedHtm, MOST_BYTES, readDetails } from './details.ts';
import { isBoardsLabel, isBoardsProduct, otherFirmware } from './other-firmware.ts';
import { howToMount, notReadable, troubleOf } from './problems.ts';
import { type DriveSystem, type Inventory, isPartOf, type Mount, type UsbDrive } from './system.ts';

export interface FoundDrive {
  /** Where it is mounted. */
  readonly path?: string | undefined;
  /** `/dev/sdb`, `/dev/disk2`, `\\.\PHYSICALDRIVE1`; unknown of a folder that was named. */
  readonly device?: string | undefined;
  readonly label?: string | undefined;
  /** `ready` takes an image, if the board is the right one; `maintenance` is the bootloader, which takes debug firmware. */
  readonly state: 'ready' | 'maintenance' | 'no-daplink' | 'unmounted' | 'unreadable';
  readonly details?: Details | undefined;
  /** Lower case. */
  readonly uniqueId?: string | undefined;
  /** Undefined: not a known board. */
  readonly board?: Board | undefined;
  /** What to open to hear what the board prints. */
  readonly serialPort?: string | undefined;
  /** What is wrong with it, also with one that is ready. */
  readonly problem?: string | undefined;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

/** What is known of a drive before it is looked into. */
interface Known {
  readonly device?: string | undefined;
  readonly label?: string | undefined;
  readonly serial?: string | undefined;
  readonly readOnly?: boolean | undefined;
}

/** Every drive of a board, in the order of their places. OutsideError TOOL if the system does not tell what there is. */
export async function findDrives(system: DriveSystem): Promise<FoundDrive[]> {
  const inventory = await system.look();
  const boards = inventory.devices.filter(isBoards);
  const others = inventory.mounts.filter((mount) => !boards.some((board) => isOn(mount, board)) && mayBeBoards(mount));
  const found = await Promise.all([
    ...boards.map((drive) => driveOf(drive, inventory, system)),
    ...others.map((mount) => boardIn(mount, system)),
  ]);
  return found
    .filter((drive) => drive !== undefined)
    .map((drive) => ({ ...drive, serialPort: portOf(drive, inventory) }))
    .sort((one, other) => placeOf(one).localeCompare(placeOf(other), 'en'));
}

/** The drive in a folder; undefined if there is no such folder. Nothing is rejected: what cannot be read is `unreadable`. */
export async function lookAt(system: DriveSystem, dir: string): Promise<FoundDrive | undefined> {
  return await lookInto(dir, { label: labelIn(dir) }, system);
}

async function driveOf(drive: UsbDrive, { mounts }: Inventory, system: DriveSystem): Promise<FoundDrive | undefined> {
  const mount = mounts.find((one) => isOn(one, drive));
  if (mount === undefined) return unmounted(drive, system);
  const known = { ...drive, label: mount.label ?? drive.label ?? labelIn(mount.path), readOnly: mount.readOnly };
  // It may have gone since it was listed.
  return (await lookInto(mount.path, known, system)) ?? unmounted(drive, system);
}

/** A mounted drive of which only its files can tell whether it is a board's. */
async function boardIn(mount: Mount, system: DriveSystem): Promise<FoundDrive | undefined> {
  const label = mount.label ?? labelIn(mount.path);
  const found = await lookInto(mount.path, { ...mount, label }, system);
  return found?.state === 'ready' || found?.state === 'maintenance' || isBoardsLabel(label) ? found : undefined;
}

function unmounted({ device, label, serial }: UsbDrive, { platform }: DriveSystem): FoundDrive {
  const board = boardOf(serial);
  const problem = `${board?.name ?? 'a board'} is plugged in as ${device}, but its drive is not mounted`;
  return { device, label, state: 'unmounted', uniqueId: serial, board, problem, fix: howToMount(device, platform) };
}

async function lookInto(path: string, known: Known, system: DriveSystem): Promise<FoundDrive | undefined> {
  const { device, label, serial } = known;
  const place = { path, device, label };
  try {
    const names = new Map((await system.list(path)).map((name) => [name.toUpperCase(), name]));
    const details = await textOf('DETAILS.TXT', names, path, system);
    if (details === undefined) {
      const board = boardOf(serial);
      return { ...place, uniqueId: serial, board, ...otherFirmware([...names.keys()], label, path) };
    }
    const read = readDetails(details);
    const htm = read.uniqueId === undefined ? await textOf('MBED.HTM', names, path, system) : undefined;
    const uniqueId = read.uniqueId ?? idInMbedHtm(htm ?? '') ?? serial;
    const board = boardOf(uniqueId);
    const bootloader = read.mode === 'bootloader' || isBootloader(label);
    const state = bootloader ? 'maintenance' : 'ready';
    return {
      ...place,
      details: read,
      uniqueId,
      board,
      state,
      ...troubleOf(state, path, known.readOnly === true, names, board),
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return {
      ...place,
      uniqueId: serial,
      board: boardOf(serial),
      state: 'unreadable',
      ...notReadable(path, code, system),
    };
  }
}

/** FAT has names in capitals; how a system shows them differs. */
async function textOf(
  name: string,
  names: ReadonlyMap<string, string>,
  dir: string,
  { readFile, platform }: DriveSystem,
): Promise<string | undefined> {
  const found = names.get(name);
  if (found === undefined) return undefined;
  const gap = /[/\\]$/.test(dir) ? '' : platform === 'win32' ? '\\' : '/';
  return await readFile(`${dir}${gap}${found}`, MOST_BYTES);
}

function isBoards({ product, serial, label }: UsbDrive): boolean {
  return (
    isBoardsProduct(product) ||
    isBoardsLabel(label) ||
    (/^[0-9a-f]{24,}$/.test(serial ?? '') && boardOf(serial) !== undefined)
  );
}

function mayBeBoards({ fat, label, path }: Mount): boolean {
  return fat || isBoardsLabel(label ?? labelIn(path));
}

function isOn(mount: Mount, { device }: UsbDrive): boolean {
  return mount.device === device || isPartOf(mount.device, device);
}

function isBootloader(label: string | undefined): boolean {
  return /^(maintenance|bootloader)$/i.test(label ?? '');
}

/** Systems mount a drive at a folder of its label's name, with a number behind it where that is taken. */
function labelIn(path: string): string | undefined {
  const name = path.split(/[/\\]/).findLast((part) => part !== '');
  return name?.replace(/^(.+?)[ _]?\d{1,2}$/, (all, label: string) => (isBoardsLabel(label) ? label : all));
}

function portOf({ uniqueId }: FoundDrive, { ports }: Inventory): string | undefined {
  return uniqueId === undefined ? undefined : ports.find(({ serial }) => serial === uniqueId)?.path;
}

function placeOf({ path, device }: FoundDrive): string {
  return path ?? device ?? '';
}
