/**
 * What finding boards needs to know of the machine that they are plugged into, whatever its operating system.
 *
 * linux.ts, macos.ts and windows.ts make one each, out of files and programs that are handed in (`Machine`); tests hand
 * in what such machines print. scripts/firmware/system.ts has the real ones.
 */

export interface DriveSystem {
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** What is plugged in and mounted at this moment. OutsideError TOOL if the system does not tell. */
  readonly look: () => Promise<Inventory>;
  /** Names of the files in a folder. Rejects with Node's own error (`code`) if it cannot be read. */
  readonly list: (dir: string) => Promise<readonly string[]>;
  /** The first bytes of a file, at most `limit`, as text. Rejects with Node's own error. */
  readonly readFile: (path: string, limit: number) => Promise<string>;
}

export interface Inventory {
  readonly mounts: readonly Mount[];
  readonly devices: readonly UsbDrive[];
  readonly ports: readonly UsbPort[];
}

/** A drive that has a place in the file system. */
export interface Mount {
  readonly path: string;
  /** `/dev/sdb`, `/dev/disk2`, `\\.\PHYSICALDRIVE1`. */
  readonly device: string;
  readonly label: string | undefined;
  readonly readOnly: boolean;
  /** Its file system is FAT, as that of every board is. */
  readonly fat: boolean;
}

/** A drive that is plugged in by USB, mounted or not. */
export interface UsbDrive {
  readonly device: string;
  /** What it calls itself, maker and product: `MBED VFS`. */
  readonly product: string;
  /** Its USB serial number, lower case; DAPLink's is the board's Unique ID. */
  readonly serial: string | undefined;
  readonly label: string | undefined;
}

/** A serial port that is plugged in by USB. */
export interface UsbPort {
  /** What to open. */
  readonly path: string;
  readonly serial: string | undefined;
}

/** Files and programs of a machine. */
export interface Machine {
  /** The first bytes of a file, at most `limit`, as text. Rejects with Node's own error. */
  readonly readFile: (path: string, limit: number) => Promise<string>;
  readonly list: (dir: string) => Promise<readonly string[]>;
  /** Where a link ends, all links followed. */
  readonly realPath: (path: string) => Promise<string>;
  /** What a program prints. OutsideError TOOL if it cannot be run, or fails. */
  readonly run: (program: string, words: readonly string[]) => Promise<string>;
}

/** `/dev/sdb1` is a part of `/dev/sdb`, `/dev/disk2s1` of `/dev/disk2`; `/dev/disk21` is a drive of its own. */
export function isPartOf(part: string, whole: string): boolean {
  const rest = part.startsWith(whole) ? part.slice(whole.length) : '';
  return (/\d$/.test(whole) ? /^[sp]\d{1,3}$/ : /^\d{1,3}$/).test(rest);
}
