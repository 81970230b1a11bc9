/** Functions for a stack that is only looked at: folders with a file each, as bundles are. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundles, HANDLERS } from '../../../../../cloud/platforms/aws/stack/bundle.ts';

/** Gives a new folder, and bundles in it, to `work`; removes both. */
export async function withBundles<T>(work: (dir: string, bundles: Bundles) => T | Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-stack-'));
  try {
    const folders = await Promise.all(
      HANDLERS.map(async (name) => {
        await mkdir(join(dir, name));
        await writeFile(join(dir, name, 'index.mjs'), `export const handler = async () => '${name}';\n`);
        return [name, join(dir, name)] as const;
      }),
    );
    return await work(dir, Object.fromEntries(folders) as unknown as Bundles);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
