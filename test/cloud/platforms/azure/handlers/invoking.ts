/** What handlers are handed in tests: the real local store, and a log that can be read. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { InvocationContext } from '@azure/functions';
import { Deadline } from '../../../../../cloud/ingest/deadline.ts';
import { type LocalStore, openLocalStore } from '../../../../../cloud/platforms/local/store.ts';

export const NOW = Date.UTC(2026, 2, 20, 12, 30);

export interface Invoking {
  readonly store: LocalStore;
  readonly now: () => number;
  readonly deadline: Deadline;
  readonly log: string[];
  context(): InvocationContext;
  stop(): Promise<void>;
}

export async function invoking(maxAside = 1e9): Promise<Invoking> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-function-'));
  const store = openLocalStore({ dir, create: true, maxAside });
  const log: string[] = [];
  const logHandler = (level: string, ...args: unknown[]): unknown => log.push(`${level} ${format(...args)}`);
  return {
    ...{ store, log, now: () => NOW, deadline: new Deadline() },
    context: () => new InvocationContext({ functionName: 'test', logHandler }),
    stop: async () => {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** A notification of the button's counter. */
export function counter(ep: string, text: string, more: object = {}): object {
  return { ep, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(text), ...more };
}
