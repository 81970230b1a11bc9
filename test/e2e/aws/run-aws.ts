/** Runs `mts aws` with an AWS account that is a stand-in, or with none at all. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { runVerb } from '../../scripts/run-verb.ts';
import { MTS, running } from '../ingest-process.ts';
import type { Ended } from '../run-mts.ts';
import { REGION } from './account.ts';
import type { FakeAws } from './fake-aws.ts';

/** The deployment tool keeps things in it. */
const home = mkdtempSync(join(tmpdir(), 'mts-home-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Nothing of this machine's own: no profile, no credentials, nobody to ask for them. */
const NOBODY = { PATH: process.env.PATH, TMPDIR: tmpdir(), HOME: home, AWS_EC2_METADATA_DISABLED: 'true' };
const SOMEBODY = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-of-the-account' };

export interface Person {
  /** What is answered at the terminal, if somebody sits there. */
  readonly ask?: (question: string) => Promise<string>;
  /** Ctrl-C. */
  readonly stop?: AbortSignal;
}

/** With an account, in its region: here, in this process, since loading what deploys takes longer than deploying. */
export async function aws(fake: FakeAws, words: string, { ask, stop }: Person = {}): Promise<Ended> {
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, NOBODY, SOMEBODY, { AWS_ENDPOINT_URL: fake.url, AWS_REGION: REGION });
  try {
    const world = { errIsTerminal: ask !== undefined, ask, ...(stop === undefined ? {} : { stop }) };
    return await runVerb(['aws', ...words.split(' ')], world);
  } finally {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

export interface AwsProcess {
  readonly ended: Promise<Ended>;
  interrupt(): void;
}

/** The same as a process, which ends with whatever it still waits for. */
export function startAws(fake: FakeAws, words: string): AwsProcess {
  return start(words.split(' '), [], { ...SOMEBODY, AWS_ENDPOINT_URL: fake.url, AWS_REGION: REGION });
}

/** As a process, without an account and without a network; `node` are words for Node itself. */
export function awsAlone(
  words: readonly string[],
  node: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return start(words, node, env).ended;
}

function start(words: readonly string[], node: readonly string[], env: NodeJS.ProcessEnv): AwsProcess {
  const child = spawn(process.execPath, [...node, MTS, 'aws', ...words], {
    env: { ...NOBODY, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status) => {
      running.delete(child);
      resolve({ status, out, err });
    });
  });
  return { ended, interrupt: () => void child.kill('SIGINT') };
}
