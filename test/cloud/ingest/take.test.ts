/** What a store cannot keep is set aside, and nothing else of the message. */
import { expect, test } from '@jest/globals';
import type { EndpointEvents } from '../../../cloud/ingest/events.ts';
import { replay } from '../../../cloud/ingest/replay.ts';
import type { AsideItem } from '../../../cloud/ingest/store.ts';
import { take } from '../../../cloud/ingest/take.ts';

/** A store that cannot keep some names. */
class Picky {
  readonly applied: EndpointEvents[] = [];
  readonly kept: AsideItem[] = [];
  refusal: (endpoint: string) => string | undefined = (endpoint) =>
    endpoint.includes('/') ? 'this store has no names with a slash' : undefined;

  async apply(batch: readonly EndpointEvents[]) {
    this.applied.push(...batch);
    return { presses: 0, stale: 0 };
  }

  async setAside(items: readonly AsideItem[]) {
    this.kept.push(...items);
  }

  async *aside() {
    yield* [...this.kept];
  }

  async dropAside(keys: readonly string[]) {
    for (const key of keys)
      this.kept.splice(
        this.kept.findIndex((item) => item.key === key),
        1,
      );
  }
}

const NOW = Date.UTC(2026, 2, 1);

function bodyOf(notifications: readonly object[], registrations: readonly object[] = []): Uint8Array {
  return Buffer.from(JSON.stringify({ notifications, registrations }));
}

function value(ep: string, path = '/3200/0/5501'): object {
  return { ep, path, payload: Buffer.from('7').toString('base64'), ct: 'text/plain' };
}

test('presses of a board whose name the store cannot keep are set aside with its reason; the others count', async () => {
  const store = new Picky();
  await take(bodyOf([value('a/b'), value('good')], [{ ep: 'a/b' }]), NOW, { store });
  expect(store.applied.map(({ endpoint }) => endpoint)).toEqual(['good']);
  expect(store.kept.map(({ reason }) => reason)).toEqual(['this store has no names with a slash']);
});

test('what of it is no press is passed over, as of any board', async () => {
  const store = new Picky();
  await take(bodyOf([value('a/b', '/3303/0/5700')]), NOW, { store });
  expect(store.kept).toEqual([]);
});

test('given another try, it stays aside until the store can keep the name', async () => {
  const store = new Picky();
  await take(bodyOf([value('a/b')]), NOW, { store });
  expect(await replay(store)).toMatchObject({ understood: 0, kept: 1 });
  store.refusal = () => undefined;
  expect(await replay(store)).toMatchObject({ understood: 1, kept: 0 });
  expect(store.applied.map(({ endpoint }) => endpoint)).toEqual(['a/b']);
});
