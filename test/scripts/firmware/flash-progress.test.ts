/** Progress of flashing: a bar that is redrawn on a terminal and leaves no trace, a line now and then elsewhere. */
import { expect, test } from '@jest/globals';
import type { FlashEvent } from '../../../firmware-template/flash/world.ts';
import { flashProgress } from '../../../scripts/firmware/flash-progress.ts';

const TOTAL = 409_600;

function shown(errIsTerminal: boolean, events: readonly [atMs: number, event: FlashEvent][]): string {
  let [err, now] = ['', 0];
  const io = {
    err: (text: string) => {
      err += text;
    },
    errIsTerminal,
    now: () => now,
  };
  const progress = flashProgress(io);
  for (const [atMs, event] of events) {
    now = atMs;
    progress.show(event);
  }
  progress.end();
  return err;
}

function copying(written: number, attempt = 1): FlashEvent {
  return { kind: 'copying', written, total: TOTAL, attempt };
}

test('a bar on a terminal, gone before the next line', () => {
  const text = shown(true, [
    [0, copying(4096)],
    [9, copying(TOTAL / 2, 2)],
    [20, copying(TOTAL)],
    [30, { kind: 'copied' }],
  ]);
  expect(text.split('\r\u001b[K')).toEqual([
    '',
    `[${'.'.repeat(30)}] 1 % of 400 KiB`,
    `[${'#'.repeat(15)}${'.'.repeat(15)}] 50 % of 400 KiB, try 2`,
    `[${'#'.repeat(30)}] 100 % of 400 KiB`,
    'copied; the drive of the board is to go away now\n',
  ]);
});

test('what is broken off leaves the line clean', () => {
  expect(shown(true, [[0, copying(4096)]]).endsWith('KiB\r\u001b[K')).toBe(true);
});

test('elsewhere a line every ten seconds, and what happens at once', () => {
  const text = shown(false, [
    [9_000, copying(4096)],
    [10_000, copying(8192)],
    [19_000, copying(12_288)],
    [20_000, copying(16_384)],
    [21_000, { kind: 'cut' }],
    [22_000, { kind: 'again', why: 'the board refused', waitMs: 3000 }],
  ]);
  expect(text.split('\n')).toEqual([
    '8192 of 409600 bytes copied',
    '16384 of 409600 bytes copied',
    expect.stringContaining('went away before all was copied'),
    'the board refused',
    'The board says that this passes: it is tried again in 3 s.',
    '',
  ]);
});
