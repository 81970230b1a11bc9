/** This machine as what finds boards sees it: its files, and the programs of its system that tell of drives. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { linuxSystem } from '../../firmware-template/drive/linux.ts';
import { macosSystem } from '../../firmware-template/drive/macos.ts';
import type { DriveSystem, Machine } from '../../firmware-template/drive/system.ts';
import { windowsSystem } from '../../firmware-template/drive/windows.ts';

/** PowerShell takes seconds to start on a machine with a virus scanner. */
const LONGEST_MS = 30_000;
/** ioreg tells of every property of every device. */
const MOST_PRINTED = 64 * 1024 * 1024;

/** OutsideError TOOL on a system whose drives are not known how to be found. */
export function driveSystem(platform: NodeJS.Platform = process.platform): DriveSystem {
  switch (platform) {
    case 'linux':
      return linuxSystem(machine);
    case 'darwin':
      return macosSystem(machine);
    case 'win32':
      return windowsSystem(machine);
    default:
      throw new OutsideError(
        'TOOL',
        `boards cannot be found on ${platform}: only on Linux, macOS and Windows`,
        'Mount the drive of the board there, copy the image to it by hand, and see its FAIL.TXT if it has one afterwards.',
      );
  }
}

/** The files and programs of this machine. */
export const machine: Machine = {
  readFile: firstBytes,
  list: (dir) => readdir(dir),
  realPath: (path) => realpath(path),
  run: async (program, words) => {
    try {
      const limits = { timeout: LONGEST_MS, maxBuffer: MOST_PRINTED, windowsHide: true };
      return (await promisify(execFile)(program, [...words], { encoding: 'utf8', ...limits })).stdout;
    } catch (cause) {
      const why = (cause as NodeJS.ErrnoException).code ?? 'it was ended';
      const fix = 'Run it by hand to see what is wrong, or name the drive with --drive and the port with --port.';
      throw new OutsideError('TOOL', `${program}, which tells what is plugged in, failed: ${why}`, fix, { cause });
    }
  },
};

/** Of a pipe that somebody named like a board's file there is no text: opening it must not wait for who writes to it. */
async function firstBytes(path: string, limit: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const about = await file.stat();
    if (about.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
    if (!about.isFile()) return '';
    const buffer = Buffer.alloc(Math.min(limit, BLOCK));
    const chunks: Buffer[] = [];
    for (let left = limit; left > 0; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(left, buffer.length), null);
      if (bytesRead === 0) break;
      chunks.push(Buffer.from(buffer.subarray(0, bytesRead)));
      left -= bytesRead;
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await file.close();
  }
}

const BLOCK = 64 * 1024;
