/**
 * `npm run bench [section ...]`: how fast, against a baseline measured in the same run.
 *
 * Prints a line a measurement, and writes all of it as JSON with machine, versions, seed and commit to
 * test/bench/results/. Exit status 1 if a target is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { benchAws } from './aws.ts';
import { benchHourly } from './hourly.ts';
import { benchIngest } from './ingest.ts';
import type { Measured } from './measured.ts';
import { benchPlatforms } from './platforms.ts';
import { benchSoak } from './soak.ts';
import { benchStartup } from './startup.ts';
import { benchWire } from './wire.ts';

const SEED = 20_171_123;
const SECTIONS: Readonly<Record<string, (seed: number) => Promise<Measured[]>>> = {
  startup: benchStartup,
  ingest: benchIngest,
  hourly: benchHourly,
  soak: benchSoak,
  aws: benchAws,
  wire: benchWire,
  platforms: benchPlatforms,
};

const words = process.argv.slice(2);
const unknown = words.find((word) => !Object.hasOwn(SECTIONS, word));
if (unknown === undefined) await run(words.length > 0 ? words : Object.keys(SECTIONS));
else {
  process.stderr.write(`bench: there is no section ${unknown}; sections: ${Object.keys(SECTIONS).join(', ')}\n`);
  process.exitCode = 2;
}

async function run(sections: readonly string[]): Promise<void> {
  const started = new Date();
  const results: Measured[] = [];
  for (const section of sections) {
    for (const measured of await SECTIONS[section]!(SEED)) {
      results.push(measured);
      process.stdout.write(`${lineOf(measured)}\n`);
    }
  }
  const file = new URL(`results/${started.toISOString().replaceAll(':', '')}.json`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...circumstances(started), results }, undefined, 2)}\n`);
  if (results.some(({ met }) => met === false)) process.exitCode = 1;
}

function lineOf({ name, value, unit, baseline, ratio, target, met }: Measured): string {
  const compared = baseline === undefined ? '' : `, baseline ${number(baseline)} ${unit}, ratio ${number(ratio ?? 0)}`;
  const judged = target === undefined ? '' : ` (target: ${target}: ${met ? 'met' : 'MISSED'})`;
  return `${name}: ${number(value)} ${unit}${compared}${judged}`;
}

function number(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function circumstances(started: Date): object {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return {
    started: started.toISOString(),
    seed: SEED,
    commit: git('rev-parse', 'HEAD'),
    clean: git('status', '--porcelain') === '',
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), arch: process.arch },
    versions: { node: process.versions.node, v8: process.versions.v8, sqlite: process.versions.sqlite },
  };
}
