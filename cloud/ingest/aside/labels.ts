/** When and why something was set aside, as an object's own metadata: ASCII, at most 2 KB. */
import type { AsideItem } from '../store.ts';
import type { StoredObject } from './bucket.ts';

const [RECEIVED_AT, REASON] = ['received-at', 'reason'];
/** Characters of the reason as it is written; the rest of it is cut off. */
const REASON_LIMIT = 1_500;

export function labelsOf({ receivedAt, reason }: AsideItem): Record<string, string> {
  return { [RECEIVED_AT]: String(receivedAt), [REASON]: shortened(reason) };
}

/** The item that an object is. What somebody else put there without our labels has the time that the bucket gives. */
export function itemOf(key: string, { body, labels, lastModified }: StoredObject): AsideItem {
  const told = labels.get(RECEIVED_AT) ?? '';
  const receivedAt = /^\d{1,15}$/.test(told) ? Number(told) : lastModified;
  return { key, receivedAt: Number.isNaN(receivedAt) ? 0 : receivedAt, reason: readable(labels.get(REASON)), body };
}

/** URI-encoded, and cut where a character ends. */
function shortened(reason: string): string {
  let text = '';
  for (const character of reason.toWellFormed()) {
    const encoded = encodeURIComponent(character);
    if (text.length + encoded.length > REASON_LIMIT) break;
    text += encoded;
  }
  return text;
}

function readable(encoded = 'no reason is known'): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
