/**
 * One page of ListObjectsV2: bytes to keys and sizes. Pure.
 *
 *   <ListBucketResult> <Contents><Key>…</Key><Size>…</Size></Contents>… <NextContinuationToken>…</…>
 *
 * No XML reader: S3 writes this document, without attributes, comments or sections within, and whoever asks for
 * `encoding-type=url` gets keys that hold nothing that XML would escape.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import type { ListedObject } from '../../../ingest/aside/bucket.ts';

export interface Listing {
  readonly objects: readonly ListedObject[];
  /** Asks for the next page; undefined: this is the last. */
  readonly next: string | undefined;
}

/** Undefined if the bytes are no such page. */
export function readListing(page: Uint8Array): Listing | undefined {
  const text = Buffer.from(page).toString('utf8');
  if (!text.includes('<ListBucketResult')) return undefined;
  const objects: ListedObject[] = [];
  for (const part of text.split('<Contents>').slice(1)) {
    const [contents = ''] = part.split('</Contents>', 1);
    const [key, size] = [decoded(elementText(contents, 'Key')), elementText(contents, 'Size')];
    if (key === undefined || size === undefined || !/^\d{1,15}$/.test(size)) return undefined;
    objects.push({ key, bytes: Number(size) });
  }
  const more = elementText(text, 'IsTruncated') === 'true';
  const next = unescaped(elementText(text, 'NextContinuationToken'));
  if (more && (next === undefined || next === '')) return undefined;
  return { objects, next: more ? next : undefined };
}

function elementText(text: string, element: string): string | undefined {
  const start = text.indexOf(`<${element}>`);
  const end = text.indexOf(`</${element}>`, start);
  return start === -1 || end === -1 ? undefined : text.slice(start + element.length + 2, end);
}

function decoded(key: string | undefined): string | undefined {
  try {
    return key === undefined ? undefined : decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescaped(text: string | undefined): string | undefined {
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name]!);
}
