/**
 * Objects as plain files: `<dir>/<bucket>/<name>` (file-name.ts), and in `<dir>/<bucket>/.metadata/<name>.json` what S3 knows beside
 * the bytes. A file that somebody put there by hand is an object too, as long as its name is one of ours.
 *
 * One process at a time: what concerns one key is done one after the other.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../../../folders.ts';
import { fileNameOf, keyOf } from './file-name.ts';
import { byBytes, type ObjectHead, type Objects } from './objects.ts';

const METADATA = '.metadata';

/** What a metadata file holds. */
type Kept = ObjectHead & { readonly key: string };

/** `dir` is made if it is missing; `newId` names files that are not whole yet. */
export function folderObjects(dir: string, newId: () => string): Objects {
  makeFolder(resolve(dir));
  const inTurn = turns();

  function places(bucket: string, key: string): { file: string; metadata: string } {
    const name = fileNameOf(key);
    return { file: join(dir, bucket, name), metadata: join(dir, bucket, METADATA, `${name}.json`) };
  }

  async function head(bucket: string, key: string): Promise<ObjectHead | undefined> {
    const { file, metadata } = places(bucket, key);
    const [found, kept] = await Promise.all([absentIfMissing(stat(file)), readKept(metadata)]);
    if (found === undefined) return undefined;
    if (kept !== undefined && kept.size === found.size) return kept;
    // Put there, or changed, by hand.
    const etag = createHash('md5')
      .update(await readFile(file))
      .digest('hex');
    return { etag, size: found.size, modifiedAt: Math.floor(found.mtimeMs), contentType: DEFAULT_TYPE, metadata: {} };
  }

  async function write(bucket: string, file: string, content: string | Uint8Array): Promise<void> {
    const part = join(dir, bucket, METADATA, `.${newId()}.part`);
    await writeFile(part, content, { mode: 0o600, flag: 'wx' });
    await rename(part, file);
  }

  return {
    makeBucket: async (bucket) => {
      if (existsSync(join(dir, bucket))) return false;
      makeFolder(resolve(join(dir, bucket, METADATA)));
      return true;
    },
    hasBucket: async (bucket) => existsSync(join(dir, bucket, METADATA)),
    put: (bucket, key, { body, ...kept }, onlyNew) =>
      inTurn(`${bucket}/${key}`, async () => {
        const { file, metadata } = places(bucket, key);
        if (onlyNew && existsSync(file)) return false;
        // The bytes come last: with them the object is there.
        await write(bucket, metadata, JSON.stringify({ key, ...kept } satisfies Kept));
        await write(bucket, file, body);
        return true;
      }),
    head: (bucket, key) => inTurn(`${bucket}/${key}`, () => head(bucket, key)),
    get: (bucket, key) =>
      inTurn(`${bucket}/${key}`, async () => {
        const found = await head(bucket, key);
        return found && { ...found, body: await readFile(places(bucket, key).file) };
      }),
    delete: (bucket, key) =>
      inTurn(`${bucket}/${key}`, async () => {
        const { file, metadata } = places(bucket, key);
        await rm(file, { force: true });
        await rm(metadata, { force: true });
      }),
    keys: async (bucket) => {
      const names = (await readdir(join(dir, bucket))).filter((name) => !name.startsWith('.'));
      const keys = await Promise.all(
        names.map(async (name) => keyOf(name) ?? (await readKept(join(dir, bucket, METADATA, `${name}.json`)))?.key),
      );
      return keys.filter((key) => key !== undefined).sort(byBytes);
    },
  };
}

/** What S3 says of an object whose sender did not say it. */
export const DEFAULT_TYPE = 'binary/octet-stream';

async function readKept(file: string): Promise<Kept | undefined> {
  const text = await absentIfMissing(readFile(file, 'utf8'));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Kept);
  } catch {
    return undefined;
  }
}

async function absentIfMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Runs what has the same name one after the other. */
function turns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(name, settled);
    void settled.then(() => {
      if (last.get(name) === settled) last.delete(name);
    });
    return mine;
  };
}
