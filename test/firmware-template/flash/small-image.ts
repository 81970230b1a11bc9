/** The least that DAPLink takes for an image: vectors and a security byte as the chip wants them. */

/** `security` is the byte at 0x40C, 0xFE in an image that does not lock the chip. */
export function smallImage(bytes: number, security = 0xfe): Buffer {
  const image = Buffer.alloc(bytes, 0x5a);
  for (const [index, word] of [0x20030000, 0x411, 0x413, 0x415].entries()) image.writeUInt32LE(word, 4 * index);
  image[0x40c] = security;
  return image;
}
