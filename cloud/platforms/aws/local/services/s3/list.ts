/** ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
import type { Address } from './address.ts';
import { refuse } from './errors.ts';
import { byBytes, type Objects } from './objects.ts';
import { document, element } from './xml.ts';

const PAGE = 1_000;

/** The answer's XML. */
export async function listObjects(objects: Objects, { bucket, query }: Address): Promise<string> {
  if (query.get('list-type') !== '2') throw refuse('NotImplemented', 'Of a bucket, only ListObjectsV2 is implemented.');
  if (query.has('delimiter')) throw refuse('NotImplemented', 'A delimiter is not implemented.');
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url') throw refuse('InvalidArgument', 'Invalid Encoding Method specified');
  const written = (text: string) => (encoding === 'url' ? encodeURIComponent(text) : text);
  const prefix = query.get('prefix') ?? '';
  const max = Math.min(PAGE, maxKeys(query.get('max-keys')));
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const after = token === null ? (startAfter ?? '') : afterOf(token);
  const found = (await objects.keys(bucket)).filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0);
  const page = found.slice(0, max);
  // A page of 0 keys is never said to go on: there would be no end.
  const more = max > 0 && found.length > max;
  const contents = await Promise.all(
    page.map(async (key) => {
      const head = await objects.head(bucket, key);
      // Deleted in the meantime.
      if (head === undefined) return '';
      const inside = [
        element('Key', written(key)),
        element('LastModified', new Date(head.modifiedAt).toISOString()),
        element('ETag', `"${head.etag}"`),
        element('Size', head.size),
        element('StorageClass', 'STANDARD'),
      ];
      return `<Contents>${inside.join('')}</Contents>`;
    }),
  );
  const kept = contents.filter((one) => one !== '');
  return document(
    'ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
    [
      element('Name', bucket),
      element('Prefix', written(prefix)),
      ...(startAfter === null ? [] : [element('StartAfter', written(startAfter))]),
      ...(token === null ? [] : [element('ContinuationToken', token)]),
      ...(more ? [element('NextContinuationToken', Buffer.from(page.at(-1)!).toString('base64url'))] : []),
      element('KeyCount', kept.length),
      element('MaxKeys', max),
      ...(encoding === null ? [] : [element('EncodingType', encoding)]),
      element('IsTruncated', more),
      ...kept,
    ].join(''),
  );
}

function maxKeys(text: string | null): number {
  if (text === null) return PAGE;
  if (!/^\d{1,10}$/.test(text))
    throw refuse('InvalidArgument', 'Provided max-keys not an integer or within integer range');
  return Number(text);
}

/** The key that the last page ended with. */
function afterOf(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const after = bytes.toString();
  if (after !== '' && Buffer.from(after).equals(bytes) && bytes.toString('base64url') === token) return after;
  throw refuse('InvalidArgument', 'The continuation token provided is incorrect');
}
