/** A file of keys in a folder of its own, in virtual time; several processes are several openings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keys, type KeysOptions, openKeys } from '../../../../cloud/connector/keys/keys.ts';
import { VirtualTime } from '../events/virtual-time.ts';

export interface KeyFolder extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  readonly world: VirtualTime;
  readonly problems: unknown[];
  open(options?: Partial<KeysOptions>): Keys;
}

export async function keyFolder(): Promise<KeyFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  const path = join(folder, 'keys.json');
  const world = new VirtualTime();
  const problems: unknown[] = [];
  const open: Keys[] = [];
  return {
    folder,
    path,
    world,
    problems,
    open(options = {}) {
      const keys = openKeys(path, {
        wall: () => world.wall(),
        after: (ms, what) => world.after(ms, what),
        onProblem: (problem) => problems.push(problem),
        ...options,
      });
      open.push(keys);
      return keys;
    },
    async [Symbol.asyncDispose]() {
      for (const keys of open) keys.close();
      await rm(folder, { recursive: true });
    },
  };
}
