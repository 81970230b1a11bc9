/**
 * A file name for an endpoint, on any system: what is not [A-Za-z0-9._-] is percent-encoded (RFC 3986 §2.1), and so are a dot
 * at either end and the first letter of the names that DOS kept for devices. Names that differ only by case are told
 * apart by whoever lists the folder: many file systems do not.
 */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** The file name; two endpoints never have the same one. */
export function fileNameOf(endpoint: string): string {
  const encoded = [...Buffer.from(endpoint, 'utf8')]
    .map((byte) => String.fromCharCode(byte))
    .map((character) => (/[A-Za-z0-9._-]/.test(character) ? character : percent(character)))
    .join('');
  return encoded
    .replace(/^\./, percent)
    .replace(/\.$/, percent)
    .replace(DEVICES, (device) => `${percent(device[0]!)}${device.slice(1)}`);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
