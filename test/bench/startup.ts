/** Start-up: `mts --help`, as the package installs it and as the repository runs it, against `node -e 0`. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Measured, median } from './measured.ts';

const ROUNDS = 15;
const TARGET_MS = 150;
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export async function benchStartup(): Promise<Measured[]> {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: path('.'), stdio: 'inherit' });
  const ways: Record<string, string[]> = {
    none: ['-e', '0'],
    'mts --help, built': [path('dist/scripts/mts.js'), '--help'],
    'mts --help, from source': [path('scripts/mts.ts'), '--help'],
  };
  const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  // In turn, so that a slower minute of the machine falls on all of them; the first round fills the compile cache.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, args] of Object.entries(ways)) {
      const started = performance.now();
      execFileSync(process.execPath, args, { stdio: 'ignore' });
      if (round > 0) times.get(name)!.push(performance.now() - started);
    }
  }
  const baseline = median(times.get('none')!);
  return ['mts --help, built', 'mts --help, from source'].map((name) => {
    const value = median(times.get(name)!);
    const measured = { name, value, unit: 'ms', baseline, ratio: value / baseline };
    // From source the types are stripped first: told, but what people install is what is judged.
    if (!name.endsWith('built')) return measured;
    return { ...measured, target: `within ${TARGET_MS} ms of node -e 0`, met: value - baseline <= TARGET_MS };
  });
}
