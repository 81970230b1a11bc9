/** The outbox of Firestore, and what a sink was told, through a network that breaks: on Google's emulator. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newFirestore } from '../../../../../cloud/platforms/google/store/client.ts';
import { idOf } from '../../../../../cloud/platforms/google/store/documents.ts';
import { openFirestoreStore } from '../../../../../cloud/platforms/google/store/store.ts';
import {
  body,
  type FedStoreUnderTest,
  fedStoreConformance,
  persistently,
  stored,
} from '../../../../conformance/fed-store.ts';
import { memoryShelf } from '../../aws/memory-shelf.ts';
import { firestoreHere, firestoreWanted, newProject, testDatabase } from '../emulators-here.ts';
import { losing } from './lost-answers.ts';

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

  describe('two sweeps that overlap', () => {
    const hour = '2026-03-01 12:00:00';
    const series = (sum: number) => ({ endpoint: 'a', sum, at: sum * 60_000, hours: new Map([[hour, sum]]) });
    const wanted = new Map([['a', [hour]]]);

    test.each([0, 3])(
      'from a sum of %i, one of them writes what was told, the other is refused and changes nothing',
      async (sum) => {
        const database = await testDatabase();
        const [one, other] = [database.open().told(), database.open().told()];
        if (sum > 0) await one.write([series(sum)]);
        await Promise.all([one.read(wanted), other.read(wanted)]);
        await one.write([series(5)]);
        await expect(other.write([{ ...series(4), hours: new Map([[hour, 9]]) }])).rejects.toMatchObject({
          code: 'STORE_DOWN',
          message: 'another sweep tells a',
        });
        expect((await other.read(wanted)).get('a')).toEqual(series(5));
        await database.close();
      },
    );

    test('the one that lost goes on from what the other wrote, and then that one is refused', async () => {
      const database = await testDatabase();
      const [one, other] = [database.open().told(), database.open().told()];
      await Promise.all([one.read(wanted), other.read(wanted)]);
      await one.write([series(5)]);
      await other.read(wanted);
      await other.write([series(6)]);
      await other.write([series(7)]);
      await expect(one.write([series(8)])).rejects.toMatchObject({ code: 'STORE_DOWN' });
      expect((await one.read(wanted)).get('a')).toEqual(series(7));
      await database.close();
    });

    test('one alone is not refused by its own write, whose answer was lost', async () => {
      const { host } = await firestoreHere();
      const firestore = newFirestore({ project: newProject(), emulator: host });
      const answers = losing('Commit');
      firestore.settings({ 'grpc.callInvocationTransformer': answers.transformer });
      const store = openFirestoreStore({ firestore, shelf: memoryShelf(1_000), now: Date.now });
      const told = store.told();
      for (const sum of [5, 6, 7]) {
        answers.loseOne();
        await told.write([series(sum)]);
      }
      expect(answers.lost).toBe(3);
      expect((await told.read(wanted)).get('a')).toEqual(series(7));
      await store.close();
    });
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
