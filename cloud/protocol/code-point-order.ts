/**
 * Order of texts by code points, which is that of their UTF-8: as SQLite, DynamoDB and Firestore order them. That of JavaScript
 * goes by UTF-16, and puts what is beyond U+FFFF before U+E000. Unicode 16 §2.5.
 */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

/** Surrogates come after all others. */
function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}
