/** `up` waits for its sink as long as the sink takes something, and no longer. */
import { expect, test } from '@jest/globals';
import { settle } from '../../scripts/settle.ts';

/** A sink that takes an hour each `eachTurns` half minutes, `hours` in all, and then nothing. */
function sinkOf(hours: number, { all }: { all: boolean }) {
  const [{ promise, resolve }, said] = [Promise.withResolvers<void>(), [] as string[]];
  let [told, turns] = [0, 0];
  const abandon = new AbortController();
  const io = {
    ...{ abandon: abandon.signal, err: (text: string) => void said.push(text) },
    sleep: async (_ms: number, signal?: AbortSignal) => {
      turns += 1;
      if (told < hours) told += 1;
      else if (all) resolve();
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    },
  };
  return { io, said, abandon, turns: () => turns, settling: { settled: () => promise, told: () => told } };
}

test('all is told, however long it takes', async () => {
  const { io, said, settling } = sinkOf(50, { all: true });
  await settle(settling, io);
  expect([settling.told(), said]).toEqual([50, []]);
});

test('a server that died is given up after half a minute, and that is said', async () => {
  const { io, said, settling, turns } = sinkOf(3, { all: false });
  await settle(settling, io);
  expect(turns()).toBe(4);
  expect(said).toEqual([expect.stringMatching(/took nothing for 30 s/)]);
});

test('who does not wait any more is not kept', async () => {
  const { io, said, abandon, settling } = sinkOf(1e9, { all: false });
  setImmediate(() => abandon.abort());
  await settle(settling, io);
  expect(said).toEqual([]);
});
