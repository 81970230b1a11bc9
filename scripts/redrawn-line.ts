/**
 * A terminal on which one line is redrawn (progress) and others are written (a log, a serial port): these take the redrawn line's
 * place, and it is drawn again below them.
 */

/** Back to the beginning of the line, and it is empty. */
export const CLEAR = '\r\u001b[K';

/** What begins with CLEAR and has no end is the redrawn line. */
export function aroundRedrawnLine(write: (text: string) => void): (text: string) => void {
  let isDrawn = false;
  return (text) => {
    if (text === '') return;
    const redraws = text.startsWith(CLEAR);
    write(isDrawn && !redraws ? `${CLEAR}${text}` : text);
    isDrawn = redraws && text !== CLEAR && !text.endsWith('\n');
  };
}
