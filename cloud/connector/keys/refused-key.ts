/** The log's line about a request without a good key: from where, and why, and nothing of what was sent as a key. */
import type { Notices } from '../notices.ts';

const WHY = { missing: 'it has no key', unknown: 'nobody has its key', expired: 'its key has expired' } as const;

/** `text` is what came as a key, if anything did; `checked` what is wrong with it (Keys.check). */
export function tellRefusedKey(
  notices: Pick<Notices, 'warn'>,
  { text, checked, peer }: { text: string | undefined; checked: 'unknown' | 'expired'; peer: string | undefined },
): void {
  const why = text === undefined ? 'missing' : checked;
  notices.warn(`key/${why}`, { peer, why: WHY[why] }, 'a request was refused');
}
