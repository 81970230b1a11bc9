/** `kill -9` of the process that holds the queue, again and again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { ALL, queueFile, said } from './queue-files.ts';

const APPENDER = fileURLToPath(new URL('appender.main.ts', import.meta.url));
const KILLS = 8;

test('nothing that was said to be on disk is lost, the order is kept, and a batch comes again as it was', async () => {
  await using file = await queueFile();
  file.events.close();
  const lines: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    // Numbers go up over all the lives of the process.
    lines.push(...(await runAndKill(file.path, 1_000_000 * (kill + 1), 100 + 137 * kill)));
  }
  file.reopen();
  const left = said(file.events.queue.peek('k', { ...ALL, mostItems: 1_000_000, mostBytes: 1e9 })).map((text) =>
    Number(text.split(' ')[1]),
  );

  const queued = lines.filter((line) => line.startsWith('+')).map(Number);
  const batches = lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1).split(' ').map(Number));
  expect(queued.length).toBeGreaterThan(100);
  expect(batches.length).toBeGreaterThan(10);

  const delivered = batches
    .filter((batch, index) => index === 0 || String(batch) !== String(batches[index - 1]))
    .flat();
  // What was given last may not have been acknowledged any more.
  const through = delivered.at(-1)!;
  const all = [...delivered, ...left.filter((n) => n > through)];
  expect(all).toEqual([...new Set(all)].toSorted((a, b) => a - b));
  const there = new Set(all);
  expect(queued.filter((n) => !there.has(n))).toEqual([]);
  const { events, delivered: gone, dropped, expired, last } = file.events.queue.numbers('k')!;
  expect({ events, gone, dropped, expired }).toEqual({
    events: left.length,
    gone: last - left.length,
    dropped: 0,
    expired: 0,
  });
});

/** Its whole lines, until so many of them were there, and what it still wrote before it was gone. */
async function runAndKill(path: string, first: number, most: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', APPENDER, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let lines = 0;
  child.stdout.on('data', (data: Buffer) => {
    text += data;
    lines += data.toString().split('\n').length - 1;
    if (lines >= most) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
}
