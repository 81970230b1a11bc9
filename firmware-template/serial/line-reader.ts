/**
 * Bytes of a serial port as lines, whatever ends them: CR, LF, both in either order.
 *
 * Empty lines are left out, since no program on a board means anything by them, and CR LF is not to be one. What is not
 * UTF-8 becomes U+FFFD. A line without end is given out in pieces, so that it cannot fill the memory.
 */

/** What is longer is cut. */
export const MOST_CHARACTERS = 1_000;

export class LineReader {
  #decoder = new TextDecoder();
  #begun = '';

  /** Lines that these bytes complete. */
  take(bytes: Uint8Array): string[] {
    const [first = '', ...more] = this.#decoder.decode(bytes, { stream: true }).split(/[\r\n]/);
    const lines = [this.#begun + first, ...more];
    const last = lines.pop() ?? '';
    const pieces = piecesOf(last);
    this.#begun = last.length < MOST_CHARACTERS ? last : '';
    return [...lines.flatMap(piecesOf), ...(last.length < MOST_CHARACTERS ? [] : pieces)].filter((line) => line !== '');
  }

  /** What was begun and will not be ended, because the port is gone; what comes next begins a line. */
  rest(): string[] {
    const rest = this.#begun + this.#decoder.decode();
    this.#decoder = new TextDecoder();
    this.#begun = '';
    return piecesOf(rest).filter((line) => line !== '');
  }
}

function piecesOf(line: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < line.length; at += MOST_CHARACTERS) pieces.push(line.slice(at, at + MOST_CHARACTERS));
  return pieces;
}
