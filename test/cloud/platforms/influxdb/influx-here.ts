/**
 * Debian's InfluxDB for tests: one a test file, in a folder that is removed after it. Where it is not installed these tests are named
 * and not run; under CI=true they run all the same, and fail.
 *
 *   (influxWanted ? describe : describe.skip)('…', …)
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { type Influx, type InfluxOptions, startInflux } from '../../../../cloud/platforms/influxdb/local/start.ts';
import { InfluxServer, type ServerOptions } from '../../../../cloud/platforms/influxdb/server.ts';

/** Whether tests that need it are to be run. */
export const influxWanted = process.env.CI === 'true' || existsSync('/usr/bin/influxd');

const running: { influx: Influx; folder: string }[] = [];
let shared: Promise<Influx> | undefined;
let databases = 0;

/** The test file's server; ended after its last test. */
export function influxHere(): Promise<Influx> {
  shared ??= startAnother({});
  return shared;
}

/** A server of a test's own; ended with the file's. */
export async function startAnother(options: Partial<InfluxOptions>): Promise<Influx> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'influx-')));
  const influx = await startInflux({ ...options, folder });
  running.push({ influx, folder });
  return influx;
}

/** One in which there is nothing yet, and that is not made either. */
export function newDatabase(): string {
  databases += 1;
  return `db "${databases}"`;
}

export function serverAt(url: string, more: Partial<ServerOptions> = {}): InfluxServer {
  return new InfluxServer({ url: new URL(`${url}/`), database: newDatabase(), ...more });
}

export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, signal === undefined ? {} : { signal });

/** An InfluxQL query of an own kind: what a person would see. */
export async function ask(url: string, db: string, q: string): Promise<unknown> {
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db, q, epoch: 's' })}`, { method: 'POST' });
  return await answer.json();
}

afterAll(async () => {
  for (const { influx, folder } of running) {
    await influx.close();
    await rm(folder, { recursive: true, force: true });
  }
});
