/**
 * JSON text that parses to exactly the value it was parsed from, whatever that was.
 *
 * JSON.stringify is not enough for what a stranger sent: it overflows the stack where nesting is deep, and turns an
 * overlong number (Infinity once parsed) into null, which means something else. Here the stack is a list.
 */

/** Something still to be written: a piece of text as it is, or a value. */
type Pending = { readonly text: string } | { readonly value: unknown };

/** Writes a value that came out of JSON.parse. */
export function jsonText(value: unknown): string {
  const written: string[] = [];
  const pending: Pending[] = [{ value }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('text' in next) written.push(next.text);
    else if (Array.isArray(next.value)) openList(next.value, written, pending);
    else if (typeof next.value === 'object' && next.value !== null) openObject(next.value, written, pending);
    else written.push(typeof next.value === 'number' ? numberText(next.value) : JSON.stringify(next.value));
  }
  return written.join('');
}

/** What is pushed last is written first. */
function openList(items: readonly unknown[], written: string[], pending: Pending[]): void {
  written.push('[');
  pending.push({ text: ']' });
  for (let index = items.length - 1; index >= 0; index--) {
    pending.push({ value: items[index] });
    if (index > 0) pending.push({ text: ',' });
  }
}

function openObject(object: object, written: string[], pending: Pending[]): void {
  written.push('{');
  pending.push({ text: '}' });
  const fields = Object.entries(object);
  for (let index = fields.length - 1; index >= 0; index--) {
    const [name, value] = fields[index]!;
    pending.push({ value }, { text: `${index > 0 ? ',' : ''}${JSON.stringify(name)}:` });
  }
}

function numberText(number: number): string {
  if (number === Number.POSITIVE_INFINITY) return '1e999';
  if (number === Number.NEGATIVE_INFINITY) return '-1e999';
  return Object.is(number, -0) ? '-0' : String(number);
}
