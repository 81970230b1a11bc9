/** What a board says and what it means, for people while it goes on, and as JSON when it is over. */
import type { Heard, MonitorEvent, MonitorResult } from '../../firmware-template/serial/monitor.ts';
import { printable } from '../printable.ts';

/** Advice comes once for each thing that is heard: an error that comes every 15 s is explained at its first. */
export function adviceOn(heard: Heard | undefined): string {
  if (heard === undefined || heard.times > 1 || heard.kind !== 'trouble') return '';
  return printableLines([`  ! ${heard.meaning}`, ...(heard.fix === undefined ? [] : [`    ${heard.fix}`])]);
}

/** A line of the board with the time at which it came, UTC. */
export function lineText({ at, text }: Extract<MonitorEvent, { kind: 'line' }>): string {
  return `${new Date(at).toISOString().slice(11, 23)}  ${printable(text)}\n`;
}

/** The same for a file that is kept: with the day. */
export function loggedLine({ at, text }: Extract<MonitorEvent, { kind: 'line' }>): string {
  return `${new Date(at).toISOString()}  ${printable(text)}\n`;
}

/** As `--json` prints it. */
export function monitorJson(port: string, { ended, lines, reconnects, heard }: MonitorResult) {
  return {
    port,
    ended,
    registered: heard.some(({ code }) => code === 'registered'),
    lines,
    reconnects,
    heard: heard.map(({ code, kind, meaning, fix, times, firstAt }) => ({
      code,
      kind,
      meaning: printable(meaning),
      fix: fix ?? null,
      times,
      first: new Date(firstAt).toISOString(),
    })),
  };
}

function printableLines(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line)}\n`).join('');
}
