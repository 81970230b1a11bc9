/** Whether an object's JSON text names a key twice at its top: JSON.parse would not tell (RFC 8259, section 4). */

/** `json` is the valid text of an object. */
export function repeatsAtTop(json: string, key: string): boolean {
  let [depth, seen] = [0, 0];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === '"') {
      const end = endOfText(json, at);
      if (depth === 1 && isKey(json, end) && JSON.parse(json.slice(at, end + 1)) === key) seen += 1;
      at = end;
    }
  }
  return seen > 1;
}

/** Index of the quote that closes the text which the quote at `start` opens. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (json[at] === '\\') at += 1;
    else if (json[at] === '"') return at;
  }
}

/** A colon follows, with nothing between but white space. */
function isKey(json: string, end: number): boolean {
  let at = end + 1;
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\r' || json[at] === '\t') at += 1;
  return json[at] === ':';
}
