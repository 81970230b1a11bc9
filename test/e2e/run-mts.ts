/** Runs the command as a user does: as a process, through its real words, until it ends. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { MTS, running } from './ingest-process.ts';

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves with the first match in what it printed, on either stream; rejects if it ends without one. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  interrupt(): void;
}

/** Runs `mts` to its end. */
export function mts(...words: string[]): Promise<Ended> {
  return startMts(...words).ended;
}

export function startMts(...words: string[]): Running {
  const child = spawn(process.execPath, [MTS, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: process.env });
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
  return {
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(out) ?? pattern.exec(err);
          if (match !== null) resolve(match);
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        child.on('close', (status) =>
          reject(new Error(`ended with ${status} without saying ${pattern}: ${out}${err}`)),
        );
        look();
      }),
    interrupt: () => void child.kill('SIGINT'),
  };
}

/** Gives a new folder to `work`, and removes it afterwards. */
export async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-e2e-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
