/** What boards that publish to AWS IoT Core rely on, and what keeps one from speaking for another. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { replay } from '../../../../../cloud/ingest/replay.ts';
import { type IotDeps, iotHandler } from '../../../../../cloud/platforms/aws/handlers/iot.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { collect } from '../../../../conformance/store.ts';
import { counter, EIGHTEEN_SECONDS, type Invoking, invoking, NOW } from './invoking.ts';

let parts: Invoking;
beforeEach(async () => {
  parts = await invoking();
});
afterEach(() => parts.stop());

function invoke(event: unknown, deps: Partial<IotDeps> = {}): Promise<void> {
  return iotHandler({ ...parts, ...deps })(event, EIGHTEEN_SECONDS);
}

/** As the rule makes it of a message on `mbed/{endpoint}/notifications`. */
function published(endpoint: string, message: object | string | Uint8Array): object {
  const body = typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message);
  return { body: Buffer.from(body).toString('base64'), endpoint };
}

const of = (ep: string) => ({ registrations: [{ ep }], notifications: [counter(ep, '3')] });

test("a board's own message counts", async () => {
  await invoke(published('board', of('board')));
  expect(await parts.store.totals()).toMatchObject({ presses: 3, setAside: 0 });
  expect(parts.tally.counts).toEqual(
    new Map([
      ['presses', 3],
      ['messagesTaken', 1],
    ]),
  );
});

test('delivered twice, late and at once: counted once', async () => {
  const [first, second] = [1, 2].map((boot) =>
    published('board', { notifications: [counter('board', '4', { boot })] }),
  );
  await Promise.all([invoke(second), invoke(first), invoke(second)]);
  await invoke(first);
  expect(await parts.store.totals()).toMatchObject({ presses: 8 });
});

test.each<[string, object]>([
  ['notification', { notifications: [counter('board', '3'), counter('other', '9')] }],
  ['registration', { ...of('board'), registrations: [{ ep: 'board' }, { ep: 'other' }] }],
  ['update', { ...of('board'), 'reg-updates': [{ ep: 'other' }] }],
  ['departure', { ...of('board'), 'de-registrations': ['other'] }],
  ['expiry', { ...of('board'), 'registrations-expired': [{ ep: 'other' }] }],
  ['name that only looks alike', of('Board')],
  ['element that is not understood', { notifications: [counter('board', '3'), { ep: 'other', payload: 7 }] }],
])(
  'one %s of another endpoint: the message is set aside whole, and replaying it counts nothing',
  async (_what, message) => {
    const event = published('board', message);
    await invoke(event);
    expect(await parts.store.totals()).toMatchObject({ endpoints: 0, presses: 0, setAside: 1 });
    const [item] = await collect(parts.store.aside());
    expect(item).toMatchObject({ receivedAt: NOW, reason: expect.stringContaining('the topic of "board"') });
    expect(JSON.parse(Buffer.from(item?.body ?? []).toString())).toEqual([event]);
    await invoke(event);
    expect(await replay(parts.store)).toEqual({ understood: 0, kept: 1, presses: 0 });
    expect(parts.log.lines.join()).toContain('set aside');
  },
);

test.each<[string, string | Uint8Array]>([
  ['bytes that are no text', new Uint8Array([0xff, 0x00, 0xfe])],
  ['not JSON', 'three presses'],
])('%s: set aside as it came', async (_what, body) => {
  await invoke(published('board', body));
  const [item] = await collect(parts.store.aside());
  expect(Buffer.from(item?.body ?? []).equals(Buffer.from(body))).toBe(true);
});

test('a counter that is no number is set aside, the rest of the message counts', async () => {
  const { registrations, notifications } = of('board');
  await invoke(published('board', { registrations, notifications: [...notifications, counter('board', 'x')] }));
  expect(await parts.store.totals()).toMatchObject({ presses: 3, setAside: 1 });
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'x'],
  ['an object without a body', { endpoint: 'board' }],
  ['an object without an endpoint', { body: btoa(JSON.stringify(of('board'))) }],
  ['a body that is no base64', { body: '{"notifications":[]}', endpoint: 'board' }],
])('%s is no event of the rule: kept whole, and replaying it counts nothing', async (_what, event) => {
  await invoke(event);
  const [item] = await collect(parts.store.aside());
  expect(JSON.parse(Buffer.from(item?.body ?? []).toString())).toEqual([event ?? null]);
  expect(await replay(parts.store)).toMatchObject({ kept: 1, presses: 0 });
});

test('the store is down: it throws, so that Lambda tries again, and then it counts', async () => {
  const down = async (): Promise<never> => {
    throw new StoreError('STORE_DOWN', 'the table is not there');
  };
  const event = published('board', of('board'));
  const store = { apply: down, setAside: down };
  await expect(invoke(event, { store })).rejects.toMatchObject({ code: 'STORE_DOWN' });
  await expect(invoke('x', { store })).rejects.toMatchObject({ code: 'STORE_DOWN' });
  expect(parts.tally.counts).toEqual(new Map([['messagesFailed', 2]]));
  await invoke(event);
  expect(await parts.store.totals()).toMatchObject({ presses: 3 });
});

test('whatever the event: taken or kept, never thrown', async () => {
  const body = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.anything(),
    fc.constantFrom(btoa('{}'), btoa(JSON.stringify(of('board')))),
  );
  const event = fc.oneof(
    fc.jsonValue(),
    fc.record({ body, endpoint: fc.oneof(fc.constant('board'), fc.string(), fc.jsonValue()) }),
  );
  // Lambda hands over what JSON can say.
  const handed = event.map((any) =>
    JSON.parse(JSON.stringify(any, (_, one) => (typeof one === 'bigint' ? 1 : one)) ?? 'null'),
  );
  await fc.assert(
    fc.asyncProperty(handed, (any) => invoke(any)),
    { numRuns: 1_000 },
  );
});
