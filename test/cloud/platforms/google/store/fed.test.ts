/** The outbox of Firestore, and what a sink was told, through a network that breaks: on Google's emulator. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idOf } from '../../../../../cloud/platforms/google/store/documents.ts';
import {
  body,
  type FedStoreUnderTest,
  fedStoreConformance,
  persistently,
  stored,
} from '../../../../conformance/fed-store.ts';
import { firestoreWanted, testDatabase } from '../emulators-here.ts';

(firestoreWanted ? describe : describe.skip)('Firestore', () => {
  fedStoreConformance('firestore', async (): Promise<FedStoreUnderTest> => {
    const database = await testDatabase();
    let random: (() => number) | undefined;
    // Connections are what can break: each turn, they all do or do not.
    const turns = setInterval(() => {
      if (random === undefined) return;
      if (random() < 0.1) database.proxy.down();
      else database.proxy.up();
    }, 50);
    return {
      open: (patienceMs) => database.open({ deadline: () => Date.now() + patienceMs }),
      disturb: (chance) => {
        random = chance;
      },
      calm: () => {
        random = undefined;
        database.proxy.up();
      },
      dispose: async () => {
        clearInterval(turns);
        database.proxy.up();
        await database.close();
      },
    };
  });

  test('a hundred boards in few commits: one that another counted meanwhile keeps none of them out', async () => {
    const database = await testDatabase();
    const [one, other] = [database.open(), database.open()];
    const boards = Array.from({ length: 100 }, (_, index) => `board-${index}`);
    await one.apply(boards.map((board) => body(board, 1)));
    await other.apply([body('board-50', 3)]);
    const applied = await one.apply(boards.map((board) => body(board, 4)));
    expect(applied).toEqual({ presses: 99 * 3 + 1, stale: 0 });
    expect(new Set((await stored(one)).values())).toEqual(new Set([4]));
    await database.close();
  });

  test('an emulator that is gone is given up within the deadline, and counted when it is back', async () => {
    const database = await testDatabase();
    const store = database.open({ deadline: () => Date.now() + 500 });
    await store.apply([body('a', 1)]);
    database.proxy.down();
    const before = performance.now();
    await expect(store.apply([body('a', 2)])).rejects.toMatchObject({
      code: 'STORE_DOWN',
      message: expect.stringMatching(/in time/),
    });
    expect(performance.now() - before).toBeLessThan(15_000);
    database.proxy.up();
    await persistently(database.open(), [body('a', 2)]);
    expect([...(await stored(database.open())).values()]).toEqual([2]);
    await database.close();
  });
});

test('ids are what Firestore allows, and each of one name alone', () => {
  const sign = fc.oneof(
    fc.constantFrom('/', '.', '_', '%'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  );
  const name = fc.string({ unit: sign, minLength: 1, maxLength: 256 });
  fc.assert(
    fc.property(name, name, (one, other) => {
      const id = idOf(one);
      expect(id).not.toMatch(/\/|^\.{1,2}$|^__.*__$/);
      expect(Buffer.byteLength(id)).toBeLessThanOrEqual(1_500);
      if (one !== other) expect(id).not.toBe(idOf(other));
    }),
  );
  expect(idOf('😀'.repeat(128))).toHaveLength(256);
  expect(idOf('/'.repeat(256))).toHaveLength(768);
  expect(['.', '..', '__x__', 'a/b'].map(idOf)).toEqual(['%2e', '%2e%2e', '%5f%5fx__', 'a%2fb']);
});
