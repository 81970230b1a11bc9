/** Where the stand-in for Cloud Storage keeps buckets and objects: one SQLite file in a folder, or memory. */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ownFolder } from '../../../folders.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, project TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL, content_type TEXT NOT NULL, metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL, md5 TEXT NOT NULL, crc32c TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (bucket, name)
  ) STRICT;
`;

export interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  /** Greater with every write. */
  readonly generation: number;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly size: number;
  /** Base64, both. */
  readonly md5: string;
  readonly crc32c: string;
}

export type NewObject = Omit<StoredObject, 'generation' | 'size'> & { readonly body: Uint8Array };

export interface StoredBucket {
  readonly name: string;
  readonly createdAt: number;
}

export interface Objects {
  bucket(name: string): StoredBucket | undefined;
  /** False if there is one of that name. */
  makeBucket(name: string, project: string, createdAt: number): boolean;
  /** Undefined, and nothing changed, if the generation that is there (0: none) is not the one that was to be. */
  put(object: NewObject, ifGeneration: number | undefined): StoredObject | undefined;
  head(bucket: string, name: string): StoredObject | undefined;
  body(bucket: string, name: string): Uint8Array | undefined;
  /** In order of their UTF-8 bytes, those after `after`. */
  list(bucket: string, prefix: string, after: string, limit: number): readonly StoredObject[];
  /** False if there is none. */
  remove(bucket: string, name: string): boolean;
  close(): void;
}

const FILE_NAME = 'storage.sqlite';
const HEAD = 'bucket, name, generation, content_type, metadata, created_at, md5, crc32c, length(body) AS size';

/** Opens the file in `folder` (made if missing, 0700; the file 0600); without it, what goes when it is closed. */
export function openObjects(folder?: string): Objects {
  const db = new DatabaseSync(folder === undefined ? ':memory:' : privateFile(folder), { timeout: 5_000 });
  // Losing the last moments in a power cut is no harm to a stand-in.
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
  const bucket = db.prepare('SELECT name, created_at FROM bucket WHERE name = ?');
  const makeBucket = db.prepare('INSERT OR IGNORE INTO bucket (name, project, created_at) VALUES (?, ?, ?)');
  const head = db.prepare(`SELECT ${HEAD} FROM object WHERE bucket = ? AND name = ?`);
  const body = db.prepare('SELECT body FROM object WHERE bucket = ? AND name = ?');
  const put = db.prepare(
    `INSERT OR REPLACE INTO object (bucket, name, generation, content_type, metadata, created_at, md5, crc32c, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // Texts are compared by their UTF-8 bytes.
  const list = db.prepare(
    `SELECT ${HEAD} FROM object WHERE bucket = ? AND name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?`,
  );
  const remove = db.prepare('DELETE FROM object WHERE bucket = ? AND name = ?');
  const headOf = (bucketName: string, name: string): StoredObject | undefined => {
    const row = head.get(bucketName, name);
    return row === undefined ? undefined : stored(row);
  };
  return {
    bucket(name) {
      const row = bucket.get(name);
      return row === undefined ? undefined : { name: String(row.name), createdAt: Number(row.created_at) };
    },
    makeBucket: (name, project, createdAt) => makeBucket.run(name, project, createdAt).changes === 1,
    put(object, ifGeneration) {
      const { bucket: of, name, contentType, metadata, createdAt, md5, crc32c } = object;
      const before = headOf(of, name)?.generation ?? 0;
      if (ifGeneration !== undefined && ifGeneration !== before) return undefined;
      // Microseconds, as Google's are.
      const generation = Math.max(before + 1, createdAt * 1_000);
      put.run(of, name, generation, contentType, JSON.stringify(metadata), createdAt, md5, crc32c, object.body);
      return headOf(of, name);
    },
    head: headOf,
    body: (of, name) => body.get(of, name)?.body as Uint8Array | undefined,
    list: (of, prefix, after, limit) => list.all(of, after, prefix, prefix, limit).map(stored),
    remove: (of, name) => remove.run(of, name).changes === 1,
    close: () => db.close(),
  };
}

function stored(row: Readonly<Record<string, unknown>>): StoredObject {
  return {
    bucket: String(row.bucket),
    name: String(row.name),
    generation: Number(row.generation),
    contentType: String(row.content_type),
    metadata: JSON.parse(String(row.metadata)),
    createdAt: Number(row.created_at),
    size: Number(row.size),
    md5: String(row.md5),
    crc32c: String(row.crc32c),
  };
}

function privateFile(folder: string): string {
  ownFolder(folder);
  const file = join(folder, FILE_NAME);
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  return file;
}
