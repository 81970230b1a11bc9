/**
 * Random histories through two real receivers, each a process of its own, on one real store, compared with the oracle.
 *
 * A delivery goes to either receiver; two copies at once go to both, so that only a transaction keeps them apart.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LocalStore, openLocalStore } from '../../cloud/platforms/local/store.ts';
import { encodeNotification } from '../../cloud/protocol/notification/encode.ts';
import type { Dialect } from '../../cloud/protocol/notification/message.ts';
import { put } from '../bench/ingest.ts';
import { commands, type Delivery, type History, type Mode, play } from '../cloud/ingest/history.ts';
import { collect } from '../conformance/store.ts';
import { type IngestProcess, startIngest } from './ingest-process.ts';

const RUNS = 200;
/** What each mode's stamps look like on the wire; only ours can say uid and timestamp. */
const DIALECT: Readonly<Record<Mode, Dialect>> = { boot: 'connector', uid: 'connector', plain: 'mdc' };

let dir: string;
let receivers: IngestProcess[] = [];
let store: LocalStore;
let endpoints = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-property-'));
  receivers = await Promise.all([startIngest(dir), startIngest(dir)]);
  store = openLocalStore({ dir, create: false, maxAside: 0 });
});

afterAll(async () => {
  await store.close();
  for (const receiver of receivers) await receiver.stop();
  await rm(dir, { recursive: true });
});

test.each<Mode>(['boot', 'uid', 'plain'])(
  'every press counts once, through receivers and store, in 200 histories (%s)',
  async (mode) => {
    const property = fc.asyncProperty(
      fc.tuple(commands(), commands()),
      fc.constantFrom(0, 65_530),
      async ([one, other], startCount) => {
        // Two boards share each body, so that its transaction is about more than one row.
        const names = [`board-${++endpoints}`, `board-${++endpoints}`];
        const histories = [play(mode, names[0]!, startCount, one), play(mode, names[1]!, 0, other)];
        await deliver(histories, mode);
        for (const [index, endpoint] of names.entries()) {
          const counts = await collect(store.hourly({ endpoint, from: new Date(0), to: new Date(Date.UTC(2100, 0)) }));
          const told = histories[index]!.hours;
          if (mode === 'plain') expect(sum(counts.map(({ count }) => count))).toBe(sum(told.values()));
          else expect(new Map(counts.map(({ hour, count }) => [hour, count]))).toEqual(told);
        }
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: 20_171_123 });
  },
);

/**
 * Sends the n-th delivery of both boards, until both are through: in one body, but apart where only an equal body tells
 * a redelivery.
 */
async function deliver(histories: readonly History[], mode: Mode): Promise<void> {
  const steps = Math.max(...histories.map(({ deliveries }) => deliveries.length));
  for (let step = 0; step < steps; step++) {
    const parts = histories.flatMap(({ deliveries }) => deliveries[step] ?? []);
    for (const body of mode === 'plain' ? parts.map((part) => [part]) : [parts]) await send(body, step, mode);
  }
}

async function send(parts: readonly Delivery[], step: number, mode: Mode): Promise<void> {
  const message = {
    registrations: parts.flatMap((part) => part.message.registrations ?? []),
    notifications: parts.flatMap((part) => part.message.notifications ?? []),
  };
  const body = Buffer.from(encodeNotification(message, DIALECT[mode]));
  const first = receivers[step % 2]!;
  const copies = parts.some((part) => part.copies === 2) ? [first, receivers[(step + 1) % 2]!] : [first];
  await Promise.all(copies.map(({ port }) => put(port, body)));
}

function sum(counts: Iterable<number>): number {
  return Iterator.from(counts).reduce((total, count) => total + count, 0);
}
