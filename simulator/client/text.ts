/** Values as the board has them: bytes that its program takes for characters, one each. */

export function bytesOfText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Any bytes, each as the character of its number: nothing that a service writes fails to be a text. */
export function textOfBytes(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
