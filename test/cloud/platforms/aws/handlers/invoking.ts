/** What handlers are handed in tests: the real local store, and a log and a tally that can be read. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline, type RemainingTime } from '../../../../../cloud/platforms/aws/handlers/deadline.ts';
import type { HandlerLog } from '../../../../../cloud/platforms/aws/handlers/log.ts';
import type { Tally } from '../../../../../cloud/platforms/aws/handlers/tally.ts';
import { type LocalStore, openLocalStore } from '../../../../../cloud/platforms/local/store.ts';

export const NOW = Date.UTC(2026, 2, 20, 12, 30);

export const EIGHTEEN_SECONDS: RemainingTime = { getRemainingTimeInMillis: () => 18_000 };

export interface Invoking {
  readonly store: LocalStore;
  readonly now: () => number;
  readonly deadline: Deadline;
  readonly log: HandlerLog & { readonly lines: string[] };
  readonly tally: Tally & { readonly counts: Map<string, number>; readonly published: () => number };
  stop(): Promise<void>;
}

export async function invoking(maxAside = 1e9): Promise<Invoking> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-handler-'));
  const store = openLocalStore({ dir, create: true, maxAside });
  return {
    store,
    now: () => NOW,
    deadline: new Deadline(),
    log: recordingLog(),
    tally: recordingTally(),
    stop: async () => {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

export function recordingLog(): Invoking['log'] {
  const lines: string[] = [];
  const add = (message: string, ...more: Record<string, unknown>[]): void => {
    lines.push(`${message} ${JSON.stringify(more)}`);
  };
  return { lines, info: add, warn: add, error: add };
}

export function recordingTally(): Invoking['tally'] {
  const counts = new Map<string, number>();
  let published = 0;
  const add = (what: string, count: number): void => {
    if (count > 0) counts.set(what, (counts.get(what) ?? 0) + count);
  };
  return {
    counts,
    add,
    published: () => published,
    taken(examined, applied) {
      add('presses', applied.presses);
      add('stale', applied.stale);
      add('setAside', examined.aside.length);
      add('timestampsReplaced', examined.timestampsReplaced);
    },
    publish: () => {
      published += 1;
    },
  };
}

/** A notification of the button's counter. */
export function counter(ep: string, text: string, more: object = {}): object {
  return { ep, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(text), ...more };
}
