/**
 * Names of boards as the last part of a Graphite metric, and back. Pure.
 *
 *   mbed.button_presses.K64F-0001      K64F-0001
 *   mbed.button_presses.a~2Eb~20c      a.b c
 *
 * A dot would make a folder, a slash too; braces, stars, brackets, quotes and commas are syntax of a target, a semicolon begins
 * a tag, a blank ends the name in carbon's lines. So letters, digits, `_` and `-` stand for themselves, and every other byte of
 * the name's UTF-8 is `~` and two capital hexadecimal digits: `~` means nothing to carbon, to whisper, to the grammar of targets
 * (graphite/render/grammar_unsafe.py), to a shell's or a URL's quoting, or to Python's formats, as `%` does.
 */
const SAFE = /^[A-Za-z0-9_-]$/;
const CODED = /^(?:[A-Za-z0-9_-]|~[0-9A-F]{2})+$/;

/** Whisper keeps a metric in a file named after it, with `.wsp`; file systems have names of 255 bytes at most (NAME_MAX). */
const MOST_BYTES = 255 - '.wsp'.length;

/** Why Graphite cannot have an endpoint of this name; undefined: it can. */
export function nameRefusal(name: string): string | undefined {
  if (name === '') return 'Graphite has no metric without a name';
  if (!name.isWellFormed()) return 'the name is no Unicode text: half of a surrogate pair is missing';
  const { length } = encodeName(name);
  if (length <= MOST_BYTES) return undefined;
  return `the name takes ${length} bytes as a file name of Graphite's, which has ${MOST_BYTES} at most`;
}

/** The name as part of a metric. Whoever encodes a name that is refused gets one that does not come back. */
export function encodeName(name: string): string {
  let coded = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const character = String.fromCharCode(byte);
    coded += SAFE.test(character) ? character : `~${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return coded;
}

/** The name that was encoded; undefined if the text is not what `encodeName` makes. */
export function decodeName(coded: string): string | undefined {
  if (!CODED.test(coded)) return undefined;
  const bytes = Buffer.from(
    coded.replaceAll(/~(..)|./g, (one, hex?: string) => hex ?? HEX[one.charCodeAt(0)]!),
    'hex',
  );
  const name = bytes.toString('utf8');
  return encodeName(name) === coded ? name : undefined;
}

const HEX: readonly string[] = Array.from({ length: 128 }, (_, code) => code.toString(16).padStart(2, '0'));
