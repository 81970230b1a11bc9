/** Moving from store to store: whole boards, once, again, in part, and never over what is newer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Copied, type CopyOptions, copyStore } from '../../../cloud/ingest/copy.ts';
import type { EndpointCopy, Store } from '../../../cloud/ingest/store.ts';
import { openLocalStore } from '../../../cloud/platforms/local/store.ts';
import { StoreError } from '../../../cloud/protocol/errors.ts';
import { body, stored } from '../../conformance/fed-store.ts';

let dir: string;
let source: Store;
let target: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-copy-'));
  [source, target] = ['source', 'target'].map((name) =>
    openLocalStore({ dir: join(dir, name), create: true, maxAside: 100_000 }),
  ) as unknown as [Store, Store];
});
afterEach(async () => {
  await source.close();
  await target.close();
  await rm(dir, { recursive: true });
});

const copy = (options: Partial<CopyOptions> = {}): Promise<Copied> =>
  copyStore(source, target, { replace: false, dryRun: false, ...options });

/** A store with some of its methods in place of its own. */
function but(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get: (of, name) => {
      const value = own[name as keyof Store] ?? of[name as keyof Store];
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}

test('state and hours are there, and presses go on exactly', async () => {
  await source.apply([body('a', 500), body('b', 3)]);
  await source.apply([body('a', 503, Date.UTC(2026, 2, 1, 15))]);
  expect(await copy()).toEqual({ copied: 2, hours: 3, presses: 506, same: 0, refused: [], aside: 0 });
  expect(await stored(target)).toEqual(await stored(source));
  // The last body again, as its sender does that got no answer before the move; then a press.
  await target.apply([body('a', 503, Date.UTC(2026, 2, 1, 15))]);
  await target.apply([body('a', 504, Date.UTC(2026, 2, 1, 15))]);
  expect(await target.totals()).toMatchObject({ presses: 507 });
});

test('done again it changes nothing; done later it brings what came since', async () => {
  await source.apply([body('a', 5), body('b', 3)]);
  await copy();
  expect(await copy()).toMatchObject({ copied: 0, same: 2, presses: 0 });
  await source.apply([body('a', 9)]);
  expect(await copy()).toMatchObject({ copied: 1, same: 1, presses: 9 });
  expect(await stored(target)).toEqual(await stored(source));
});

test('what the target has counted since is not taken back, unless that is asked for', async () => {
  await source.apply([body('a', 5), body('b', 3)]);
  await copy();
  await target.apply([body('a', 7)]);
  await source.apply([body('b', 4)]);
  expect(await copy()).toMatchObject({
    ...{ copied: 1, same: 0 },
    refused: [{ endpoint: 'a', reason: expect.stringMatching(/target has counted more/) }],
  });
  expect([...(await stored(target)).values()].sort()).toEqual([4, 7]);
  expect(await copy({ replace: true })).toMatchObject({ copied: 1, same: 1, refused: [] });
  expect(await stored(target)).toEqual(await stored(source));
});

test('what both have counted for themselves is refused: together it would be counted twice', async () => {
  await source.apply([body('a', 5)]);
  await target.apply([body('a', 5, Date.UTC(2026, 2, 2))]);
  const { refused } = await copy();
  expect(refused).toEqual([{ endpoint: 'a', reason: expect.stringMatching(/both have counted/) }]);
});

test('a store that ends in the middle: the same again goes on, and all is there', async () => {
  const boards = Array.from({ length: 40 }, (_, index) => `board-${index}`);
  await source.apply(boards.map((board) => body(board, 7)));
  let left = 25;
  const failing = but(target, {
    replace: async (one: EndpointCopy, expected) => {
      left -= 1;
      if (left < 0) throw new StoreError('STORE_DOWN', 'the disk is full');
      return await target.replace(one, expected);
    },
  });
  const run = copyStore(source, failing, { replace: false, dryRun: false });
  await expect(run).rejects.toMatchObject({ code: 'STORE_DOWN' });
  expect((await target.totals()).endpoints).toBe(25);
  expect(await copy()).toMatchObject({ copied: 15, same: 25 });
  expect(await stored(target)).toEqual(await stored(source));
});

test('stopped it ends after what is under way, and says what it did', async () => {
  const boards = Array.from({ length: 40 }, (_, index) => `board-${index}`);
  await source.apply(boards.map((board) => body(board, 7)));
  const stop = new AbortController();
  const done = await copy({ signal: stop.signal, onProgress: ({ copied }) => void (copied >= 10 && stop.abort()) });
  expect(done.copied).toBeGreaterThanOrEqual(10);
  expect(done.copied).toBeLessThan(40);
  expect((await target.totals()).endpoints).toBe(done.copied);
});

test('a target that counts during the move is seen, whether before or after the write', async () => {
  await source.apply([body('a', 5)]);
  const quick = but(target, {
    replace: async (one: EndpointCopy, expected) => {
      await target.apply([body('a', 6)]);
      return await target.replace(one, expected);
    },
  });
  const during = await copyStore(source, quick, { replace: false, dryRun: false });
  expect(during.refused).toEqual([{ endpoint: 'a', reason: expect.stringMatching(/during the move/) }]);
  const after = but(target, {
    replace: async (one: EndpointCopy, expected) => {
      const isDone = await target.replace(one, expected);
      await target.apply([body('a', 9)]);
      return isDone;
    },
  });
  const later = await copyStore(source, after, { replace: true, dryRun: false });
  expect(later.refused).toEqual([{ endpoint: 'a', reason: expect.stringMatching(/during the move/) }]);
});

test('only some boards; one that is not there is said', async () => {
  await source.apply([body('a', 5), body('b', 3)]);
  const done = await copy({ endpoints: ['b', 'nobody'] });
  expect(done).toMatchObject({ copied: 1, presses: 3, refused: [{ endpoint: 'nobody' }] });
});

test('a name that the target cannot keep is refused, the others are moved', async () => {
  await source.apply([body('a/b', 5), body('b', 3)]);
  const picky = but(target, { refusal: (name) => (name.includes('/') ? 'no slashes here' : undefined) });
  const done = await copyStore(source, picky, { replace: false, dryRun: false });
  expect(done).toMatchObject({ copied: 1, refused: [{ endpoint: 'a/b', reason: 'no slashes here' }] });
});

test('a dry run says the same, and does nothing', async () => {
  await source.apply([body('a', 5)]);
  await source.setAside([{ key: 'k', receivedAt: 1, reason: 'x', body: new Uint8Array(3) }]);
  expect(await copy({ dryRun: true })).toMatchObject({ copied: 1, presses: 5, aside: 1 });
  expect(await target.totals()).toMatchObject({ endpoints: 0, presses: 0, setAside: 0 });
});

test('what was set aside comes along, once', async () => {
  const items = Array.from({ length: 250 }, (_, index) => {
    return { key: `k${index}`, receivedAt: index, reason: 'x', body: new Uint8Array(3) };
  });
  await source.setAside(items);
  expect(await copy()).toMatchObject({ aside: 250 });
  expect(await copy()).toMatchObject({ aside: 250 });
  expect(await target.asideUsage()).toMatchObject({ setAside: 250 });
});
