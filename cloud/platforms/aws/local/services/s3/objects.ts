/** Where the stand-in for S3 keeps objects: in memory (memory-objects.ts) or in a folder (folder-objects.ts). */

export interface ObjectHead {
  /** MD5 of the body, in hex. */
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly contentType: string;
  /** The caller's own, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectHead {
  readonly body: Uint8Array;
}

export interface Objects {
  /** Makes a bucket; false if it is there. */
  makeBucket(bucket: string): Promise<boolean>;
  hasBucket(bucket: string): Promise<boolean>;
  /** False, and nothing kept, if `onlyNew` and there is one of that key. */
  put(bucket: string, key: string, object: StoredObject, onlyNew: boolean): Promise<boolean>;
  get(bucket: string, key: string): Promise<StoredObject | undefined>;
  head(bucket: string, key: string): Promise<ObjectHead | undefined>;
  /** A key that is not there is no error. */
  delete(bucket: string, key: string): Promise<void>;
  /** In order of their UTF-8 bytes, as S3 lists them. */
  keys(bucket: string): Promise<string[]>;
}

/** Order of S3's lists. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
