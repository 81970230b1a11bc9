/**
 * The world for flashing in tests: real folders and files, real finding of drives, and a clock that only waits move.
 *
 * The folders in `home` are this machine's drives, all of them with the serial number of a K64F.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriveSystem } from '../../../firmware-template/drive/system.ts';
import type { FlashEvent, FlashWorld } from '../../../firmware-template/flash/world.ts';
import { flashWorld } from '../../../scripts/firmware/flash-world.ts';
import { K64F_ID } from './daplink.ts';

/** What a wait really takes at most: emulated boards, for which it is waited, have short times too. */
const LONGEST_SLEEP_MS = 10;

export interface TestWorld extends FlashWorld {
  readonly events: FlashEvent[];
  /** Milliseconds of each wait that was asked for. */
  readonly waits: number[];
}

export function testWorld(home: string, more: Partial<FlashWorld> & { readonly system?: DriveSystem } = {}): TestWorld {
  const events: FlashEvent[] = [];
  const waits: number[] = [];
  let now = 1_000_000;
  const io = {
    now: () => now,
    stop: new AbortController().signal,
    sleep: (ms: number) => {
      waits.push(ms);
      now += ms;
      return new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, LONGEST_SLEEP_MS)));
    },
  };
  const system = more.system ?? folderSystem(home);
  return { ...flashWorld(system, io, (event) => events.push(event)), ...more, events, waits };
}

/** A machine on which each folder in `home` is a mounted drive. */
export function folderSystem(home: string): DriveSystem {
  return {
    platform: 'linux',
    list: (dir) => readdir(dir),
    readFile: async (path, limit) => (await readFile(path)).toString('utf8', 0, limit),
    look: async () => {
      const names = existsSync(home) ? (await readdir(home)).filter((name) => !name.startsWith('.')) : [];
      const drives = names.map((name, index) => ({ path: join(home, name), device: `/dev/sd${'bcdefg'[index]}` }));
      return {
        mounts: drives.map((drive) => ({ ...drive, label: 'DAPLINK', readOnly: false, fat: true })),
        devices: drives.map(({ device }) => ({ device, label: 'DAPLINK', product: 'MBED VFS', serial: K64F_ID })),
        ports: [],
      };
    },
  };
}
