/** A process that waits to feed a sink goes on waiting, whatever refuses it meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { HourlyCount } from '../../cloud/ingest/store.ts';
import { ForwardFile } from '../../cloud/platforms/local/forward/file.ts';
import { openLocalStore } from '../../cloud/platforms/local/store.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { type Forwarding, openForwarding } from '../../scripts/forwarding.ts';
import { newLog } from '../../scripts/log.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-forwarding-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('it takes over from the process before it, also when the sink refuses it at first, and says so once', async () => {
  const store = openLocalStore({ dir, create: true, maxAside: 1_000 });
  const before = ForwardFile.open(dir)!;
  const [told, log] = [[] as HourlyCount[], [] as string[]];
  let refusals = 0;
  const sink = {
    put: async (totals: readonly HourlyCount[]) => {
      told.push(...totals);
      return { refused: [], failed: [] };
    },
    async *readBack() {},
    close: async () => undefined,
  };
  const forwarding: Forwarding = await openForwarding({
    ...{ name: 'it', folder: dir, store },
    open: async () => {
      if (refusals++ < 3) throw new OutsideError('SERVER', 'it does not take us', 'Check the login.');
      return { sink, place: 'there' };
    },
    io: { now: Date.now, sleep: () => new Promise(setImmediate) },
    log: newLog('warn', (text) => log.push(text)),
  });
  expect(forwarding.status).toBeUndefined();
  await store.apply([
    { endpoint: 'a', body: 'x', receivedAt: Date.now(), events: [{ kind: 'value', boot: 1, value: 3 }] },
  ]);
  before.close();
  await forwarding.settled();
  expect(told).toMatchObject([{ endpoint: 'a', count: 3 }]);
  expect(forwarding.status).toMatchObject({ told: 1, isUp: true });
  expect(log.filter((line) => line.includes('cannot be fed'))).toHaveLength(1);
  await forwarding.close();
  await store.close();
});
