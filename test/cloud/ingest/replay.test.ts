/** What was set aside is given another try. */
import { expect, test } from '@jest/globals';
import { replay } from '../../../cloud/ingest/replay.ts';
import { collect } from '../../conformance/store.ts';
import { listen } from './listening.ts';

const bytes = (json: object): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
const value = (ep: string, text: string) => ({
  ep,
  path: '/3200/0/5501',
  ct: 'text/plain',
  payload: btoa(text),
  boot: 1,
});

test('what is understood now is counted and dropped; the rest stays as it is', async () => {
  const { store, put, stop } = await listen();
  try {
    await put(JSON.stringify({ notifications: [value('board', '2'), value('board', 'not yet')] }));
    await put('no JSON at all');
    // As an older version would have left it: this one understands both.
    const receivedAt = Date.UTC(2026, 0, 1);
    await store.setAside([
      { key: 'older', receivedAt, reason: 'not known then', body: bytes({ notifications: [value('other', '5')] }) },
      {
        key: 'mixed',
        receivedAt,
        reason: 'x',
        body: bytes({ notifications: [value('third', '1'), value('third', '!')] }),
      },
    ]);
    expect(await replay(store)).toEqual({ understood: 2, kept: 3, presses: 6 });
    expect(await store.totals()).toMatchObject({ presses: 8, setAside: 3 });
    const again = await replay(store);
    expect(again).toEqual({ understood: 0, kept: 3, presses: 0 });
    const hours = await collect(store.hourly({ endpoint: 'other', from: new Date(0), to: new Date() }));
    expect(hours).toEqual([{ endpoint: 'other', hour: '2026-01-01 00:00:00', count: 5 }]);
  } finally {
    await stop();
  }
});

test('only the keys asked for', async () => {
  const { store, stop } = await listen();
  try {
    const item = (key: string) => {
      return { key, receivedAt: 0, reason: 'x', body: bytes({ notifications: [value(key, '1')] }) };
    };
    await store.setAside([item('a'), item('b')]);
    expect(await replay(store, new Set(['b']))).toEqual({ understood: 1, kept: 0, presses: 1 });
    expect((await collect(store.aside())).map(({ key }) => key)).toEqual(['a']);
  } finally {
    await stop();
  }
});
