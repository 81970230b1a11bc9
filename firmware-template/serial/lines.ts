/**
 * What the lines mean that a board prints on its serial port, and what to do about those that tell of trouble.
 *
 * Pure: where the lines come from is in monitor.ts. A text of the line goes into a meaning as it stands, so whoever
 * shows it on a terminal makes it printable. Not every line that is known is expected of the firmware of today: boards
 * are flashed for years with what somebody built once.
 */
import { clientLines } from './client-lines.ts';
import { faultLines } from './fault-lines.ts';
import type { KnownLine, Meaning } from './meaning.ts';
import { networkLines } from './network-lines.ts';

/** As much of a line as is looked at: none that is known is longer. */
const MOST_CHARACTERS = 400;

/** A fault ends everything else, so it is looked for first. */
const KNOWN: readonly KnownLine[] = [...faultLines, ...clientLines, ...networkLines];

/** What a line means; undefined: nothing that is known. */
export function meaningOf(line: string): Meaning | undefined {
  const text = line.slice(0, MOST_CHARACTERS);
  for (const { words, means } of KNOWN) {
    const match = words.exec(text);
    if (match !== null) return typeof means === 'function' ? means(match) : means;
  }
  return undefined;
}
