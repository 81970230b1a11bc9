/** The functions as Lambda loads them: their size, and how long Node takes to load one, against an empty module. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandlers, HANDLERS } from '../../cloud/platforms/aws/stack/bundle.ts';
import { type Measured, median } from './measured.ts';

const ROUNDS = 11;
const MOST_BYTES = 400_000;
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  TABLE: 'table',
  ASIDE_BUCKET: 'bucket',
  FAILURE_QUEUE_URL: 'https://queue.invalid/failures',
} as const;

export async function benchBundles(): Promise<Measured[]> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-bundles-'));
  try {
    const bundles = await bundleHandlers(dir);
    const files = new Map<string, string>(HANDLERS.map((name) => [name, join(bundles[name], 'index.mjs')]));
    const empty = join(dir, 'empty.mjs');
    await writeFile(empty, '');
    const times = new Map<string, number[]>([empty, ...files.values()].map((file) => [file, []]));
    // In turn, so that a slower minute of the machine falls on all of them.
    for (let round = 0; round < ROUNDS; round++) for (const [file, taken] of times) taken.push(loadMs(file));
    const baseline = median(times.get(empty)!);
    const measured: Measured[] = [];
    for (const [name, file] of files) {
      const { size } = await stat(file);
      const value = median(times.get(file)!);
      const target = `under ${MOST_BYTES} bytes`;
      measured.push({ name: `aws, bundle of ${name}`, value: size, unit: 'bytes', target, met: size < MOST_BYTES });
      measured.push({ name: `aws, loading ${name}`, value, unit: 'ms', baseline, ratio: value / baseline });
    }
    return measured;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** A process that starts and imports the file, as a cold start does. */
function loadMs(file: string): number {
  const started = performance.now();
  const source = `await import(${JSON.stringify(file)}); process.exit()`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    env: { ...process.env, ...ENVIRONMENT },
    stdio: 'ignore',
  });
  return performance.now() - started;
}
