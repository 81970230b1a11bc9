/**
 * Debian's Graphite for tests: one carbon and one graphite-web a test file, in a folder that is removed after it. Where either is
 * not installed these tests are named and not run; under CI=true they run all the same, and fail.
 *
 *   (graphiteWanted ? describe : describe.skip)('…', …)
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { Carbon, type CarbonProtocol } from '../../../../cloud/platforms/graphite/carbon.ts';
import {
  type Graphite,
  type GraphiteOptions,
  startGraphite,
} from '../../../../cloud/platforms/graphite/local/start.ts';
import { Render } from '../../../../cloud/platforms/graphite/render.ts';
import { type GraphiteSink, graphiteSink } from '../../../../cloud/platforms/graphite/sink.ts';

const HAS_GRAPHITE = ['-c', 'import graphite, django'];

/** Whether tests that need it are to be run. */
export const graphiteWanted =
  process.env.CI === 'true' ||
  (existsSync('/usr/bin/carbon-cache') && spawnSync('/usr/bin/python3', HAS_GRAPHITE).status === 0);

/** Its schema is for every prefix that begins with this and a dot. */
export const ROOT = 'mbed';

const running: { graphite: Graphite; folder: string }[] = [];
let shared: Promise<Graphite> | undefined;
let prefixes = 0;

/** The test file's servers; ended after its last test. */
export function graphiteHere(): Promise<Graphite> {
  shared ??= startAnother({});
  return shared;
}

/** Servers of a test's own; ended with the file's. */
export async function startAnother(options: Partial<GraphiteOptions>): Promise<Graphite> {
  const folder = await mkdtemp(join(tmpdir(), 'graphite-'));
  const graphite = await startGraphite({ folder, prefix: ROOT, ...options });
  running.push({ graphite, folder });
  return graphite;
}

/** Under which there is nothing yet. */
export function newPrefix(): string {
  prefixes += 1;
  return `${ROOT}.button_presses-${prefixes}`;
}

export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, signal === undefined ? {} : { signal });

export interface SinkWords {
  readonly port: number;
  readonly url: string;
  readonly protocol?: CarbonProtocol;
  readonly prefix: string;
  readonly patienceMs?: number;
  readonly now?: () => number;
}

export function openSink({
  port,
  url,
  protocol = 'plaintext',
  prefix,
  patienceMs,
  now = Date.now,
}: SinkWords): GraphiteSink {
  return graphiteSink({
    carbon: new Carbon({ host: '127.0.0.1', port, protocol, sleep }),
    render: new Render({ url: new URL(url) }),
    ...{ prefix, now, sleep },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

afterAll(async () => {
  for (const { graphite, folder } of running) {
    await graphite.close();
    await rm(folder, { recursive: true });
  }
});
