/** A soak: 10 million presses of 100 boards into `mts ingest`, its resident memory watched from the first tenth on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalStore } from '../../cloud/platforms/local/store.ts';
import { startIngest } from '../e2e/ingest-process.ts';
import { put } from './ingest.ts';
import type { Measured } from './measured.ts';
import { bodies, EVENTS_PER_BODY } from './messages.ts';

const PRESSES = 10_000_000;
const ENDPOINTS = 100;
const TARGET = 0.2;

export async function benchSoak(): Promise<Measured[]> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  const ingest = await startIngest(dir);
  try {
    const messages = PRESSES / EVENTS_PER_BODY;
    const memory: number[] = [];
    const source = bodies(ENDPOINTS);
    const started = performance.now();
    for (let sent = 1; sent <= messages; sent++) {
      await put(ingest.port, Buffer.from(source.next().value));
      if (sent % 10 === 0) memory.push(await residentBytes(ingest.port));
    }
    const seconds = (performance.now() - started) / 1000;
    const tenth = memory.length / 10;
    // Garbage comes and goes: the highest of a tenth of the run against the highest of the last.
    const [early, late] = [Math.max(...memory.slice(tenth, 2 * tenth)), Math.max(...memory.slice(-tenth))];
    const growth = late / early - 1;
    await ingest.stop();
    await checkCount(dir);
    return [
      { name: 'soak of 10 million presses', value: PRESSES / seconds, unit: 'events/s' },
      {
        name: 'resident memory at the end of the soak',
        value: late / 1024 ** 2,
        unit: 'MiB',
        baseline: early / 1024 ** 2,
        ratio: 1 + growth,
        target: 'grows by less than 20 %',
        met: growth < TARGET,
      },
    ];
  } finally {
    await ingest.stop();
    await rm(dir, { recursive: true });
  }
}

async function residentBytes(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
}

async function checkCount(dir: string): Promise<void> {
  const store = openLocalStore({ dir, create: false, maxAside: 0 });
  const { presses } = await store.totals();
  await store.close();
  if (presses !== PRESSES) throw new Error(`${presses} presses counted, not ${PRESSES}`);
}
