/** What a sender of notifications relies on, over HTTP, on the real local store. */
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { encodeNotification } from '../../../cloud/protocol/notification/encode.ts';
import { collect } from '../../conformance/store.ts';
import { type Listening, type ListenOptions, listen, send } from './listening.ts';

let listening: Listening | undefined;

async function start(options?: ListenOptions): Promise<Listening> {
  listening = await listen(options);
  return listening;
}

afterEach(async () => {
  await listening?.stop();
  listening = undefined;
});

const JSON_TYPE = { 'content-type': 'application/json' };

function counter(ep: string, text: string, more: object = {}): object {
  return { ep, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(text), ...more };
}

const oneBoard = JSON.stringify({ registrations: [{ ep: 'board' }], notifications: [counter('board', '3')] });

test.each<[string, string, Record<string, string>]>([
  ['no body and no content type', '', {}],
  ['an empty object', '{}', JSON_TYPE],
  ['an empty body said to be JSON', '', JSON_TYPE],
  ['no content type', oneBoard, {}],
  ['a content type that is none', oneBoard, { 'content-type': ';;;' }],
  ['another content type', oneBoard, { 'content-type': 'text/xml' }],
  ['a charset', oneBoard, { 'content-type': 'application/json; charset=utf-8' }],
  ['two content types', oneBoard, { 'content-type': 'application/json, text/plain' }],
])('%s: answered 200', async (_what, body, headers) => {
  const { put, store } = await start();
  expect(await put(body, headers)).toMatchObject({ status: 200, body: '{}' });
  expect(await store.totals()).toMatchObject({ presses: body === oneBoard ? 3 : 0, setAside: 0 });
});

test.each([
  ['not JSON', 'presses: 3'],
  ['an array', '[]'],
  ['a list named twice', '{"notifications":[],"x":{"notifications":[]}, "notifications" :[]}'],
  ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00])],
  ['a truncated message', oneBoard.slice(0, -5)],
])('%s: set aside whole, answered 200', async (_what, body) => {
  const { put, store, log } = await start();
  expect(await put(body, JSON_TYPE)).toMatchObject({ status: 200 });
  const [item, ...more] = await collect(store.aside());
  expect(Buffer.from(item?.body ?? []).equals(Buffer.from(body))).toBe(true);
  expect(more).toEqual([]);
  expect(log.join()).toContain('set aside');
});

test('what is not understood is set aside as it came; the rest counts', async () => {
  const { put, store } = await start();
  const bad = counter('board', '3.5', { colour: 'unknown key' });
  const message = { registrations: [{ ep: 'board' }, 17], notifications: [counter('board', '2'), bad] };
  await put(JSON.stringify(message));
  expect(await store.totals()).toMatchObject({ presses: 2, setAside: 2 });
  const items = await collect(store.aside());
  const bodies = items.map(({ body }) => JSON.parse(Buffer.from(body).toString()));
  expect(bodies).toContainEqual({ notifications: [bad] });
  expect(bodies).toContainEqual({ registrations: [17] });
});

test('an element nested 200,000 deep is set aside as it came', async () => {
  const { put, store } = await start();
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  expect(await put(`{"notifications":[${deep}]}`)).toMatchObject({ status: 200 });
  const [item] = await collect(store.aside());
  expect(Buffer.from(item?.body ?? []).toString()).toBe(`{"notifications":[${deep}]}`);
});

test('of thousands that are not understood, each key makes one thing set aside; the rest counts', async () => {
  const { put, store } = await start();
  const bad = Array.from({ length: 1_500 }, (_, index) => counter('board', `x${index}`));
  await put(JSON.stringify({ registrations: [17, { ep: 'board' }], notifications: [...bad, counter('board', '2')] }));
  expect(await store.totals()).toMatchObject({ presses: 2, setAside: 2 });
  const bodies = (await collect(store.aside())).map(({ body }) => JSON.parse(Buffer.from(body).toString()));
  expect(bodies).toContainEqual({ notifications: bad });
  expect(bodies).toContainEqual({ registrations: [17] });
});

test.each([
  ['a list of 20 million', `{"notifications":[${'0,'.repeat(20_000_000)}0]}`, 'elements in one list'],
  ['20 million objects', `{"unknown":[${'{},'.repeat(20_000_000)}{}]}`, 'objects and arrays'],
])('%s: set aside whole before it fills the memory', async (_what, body, reason) => {
  const { put, store } = await start();
  const before = process.memoryUsage().rss;
  expect(await put(body)).toMatchObject({ status: 200 });
  expect(process.memoryUsage().rss - before).toBeLessThan(1024 ** 3);
  const [item] = await collect(store.aside());
  expect(item?.reason).toContain(reason);
  expect(item?.body.length).toBe(body.length);
});

test('a list is named twice only where it is: inside, in a text, or as a value it is not', async () => {
  const { put, store } = await start();
  const text = JSON.stringify({ x: { notifications: [1] }, y: '"notifications":', z: 'notifications' });
  await put(`{"notifications":[${JSON.stringify(counter('board', '1'))}],${text.slice(1)}`);
  expect(await store.totals()).toMatchObject({ presses: 1, setAside: 0 });
});

test('the same body again: 200, counted once, set aside once', async () => {
  const { put, store } = await start();
  const body = JSON.stringify({ notifications: [counter('a', '1', { boot: 5 }), counter('a', 'x')] });
  for (const again of [body, body, body]) expect((await put(again)).status).toBe(200);
  expect(await store.totals()).toMatchObject({ presses: 1, setAside: 1, stale: 2 });
});

test('two copies at once count once', async () => {
  const { put, store } = await start();
  await Promise.all([put(oneBoard), put(oneBoard), put(oneBoard)]);
  expect(await store.totals()).toMatchObject({ presses: 3 });
});

test.each([
  ['missing', {}],
  ['wrong', { authorization: 'Bearer other' }],
  ['a prefix of the right one', { authorization: 'Bearer secre' }],
  ['under another name', { 'x-authorization': 'Bearer secret' }],
])('a demanded header that is %s: 401, nothing counted, nothing logged of it', async (_what, headers) => {
  const { put, store, log } = await start({ header: { name: 'Authorization', value: 'Bearer secret' } });
  expect(await put(oneBoard, headers)).toMatchObject({ status: 401 });
  expect(await store.totals()).toMatchObject({ presses: 0, setAside: 0 });
  expect(await put(oneBoard, { authorization: 'Bearer secret' })).toMatchObject({ status: 200 });
  expect(await store.totals()).toMatchObject({ presses: 3 });
  expect(log.join()).not.toContain('secret');
});

test('without the header the body is not even read', async () => {
  const { port } = await start({ header: { name: 'x-key', value: 'k' } });
  const socket = connect(port, '127.0.0.1');
  socket.write('PUT /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n');
  const head = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  expect(head).toMatch(/^HTTP\/1.1 401 /);
  socket.destroy();
});

test('a body beyond 64 MiB: 413', async () => {
  const { port } = await start();
  const socket = connect(port, '127.0.0.1');
  socket.write(`PUT /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * 1024 ** 2 + 1}\r\n\r\n`);
  const head = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  expect(head).toMatch(/^HTTP\/1.1 413 /);
  socket.destroy();
});

test('a body of a whole queue, 50 MB, is taken', async () => {
  const { put, store } = await start();
  const padding = { ep: 'board', path: '/3303/0/5700', payload: btoa('x'.repeat(36_000_000)) };
  const body = JSON.stringify({ notifications: [padding, counter('board', '1')] });
  expect(body.length).toBeGreaterThan(48_000_000);
  expect(await put(body)).toMatchObject({ status: 200 });
  expect(await store.totals()).toMatchObject({ presses: 1 });
});

test('more than the memory set by for bodies at once: 503, and room again afterwards', async () => {
  const { port, put } = await start();
  const sockets = Array.from({ length: 4 }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.write(`PUT /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 * 1024 ** 2}\r\n\r\n{`);
  }
  const great = oneBoard + ' '.repeat(1024 ** 2);
  await until(async () => (await put(great)).status === 503);
  expect((await put(oneBoard)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await put(great)).status === 200);
});

test('the store is down: 503, so that the sender tries again', async () => {
  const { put, store, ask, log } = await start();
  await store.close();
  expect(await put(oneBoard)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect((await ask('GET', '/healthz')).status).toBe(503);
  expect(log.join()).toContain('STORE_DOWN');
});

test('no room to set aside: 503 and a loud line, and nothing of the message is counted', async () => {
  const { put, store, log, ask } = await start({ maxAside: 300 });
  const message = { notifications: [counter('board', '1', { boot: 1 }), counter('board', 'x'.repeat(400))] };
  expect(await put(JSON.stringify(message))).toMatchObject({ status: 503 });
  expect(await store.totals()).toMatchObject({ presses: 0, setAside: 0 });
  expect(log.find((line) => line.includes('ASIDE_FULL'))).toContain('"level":50');
  expect((await ask('GET', '/metrics')).body).toContain('mts_messages_total{outcome="aside_full"} 1');
  expect(await put(oneBoard)).toMatchObject({ status: 200 });
});

test('GET says that it is there; other methods are told what to use', async () => {
  const { ask, port } = await start();
  expect(JSON.parse((await ask('GET', '/webhook')).body)).toMatchObject({ method: 'PUT' });
  expect(await ask('POST', '/webhook')).toMatchObject({ status: 405, headers: { allow: 'PUT, GET' } });
  const posted = await send(port, 'POST', '/webhook', { 'content-type': 'text/x' }, oneBoard);
  expect(posted).toMatchObject({ status: 405, headers: { allow: 'PUT, GET' } });
  expect((await ask('GET', '/nowhere')).status).toBe(404);
  expect(await ask('GET', '/healthz')).toMatchObject({ status: 200 });
});

test('metrics count events by kind, presses, stale, set aside, replaced timestamps and latency', async () => {
  const now = Date.UTC(2026, 6, 1);
  const { put, ask } = await start({ now: () => now });
  const message = {
    registrations: [{ ep: 'a' }],
    'reg-updates': [{ ep: 'a' }, { ep: 'b' }],
    'de-registrations': ['c'],
    'registrations-expired': [{ ep: 'd' }],
    'async-responses': [{ id: '1', status: 200 }],
    notifications: [
      counter('a', '4', { timestamp: now + 6 * 60_000 }),
      counter('a', '4', { timestamp: 12 }),
      { ep: 'a', path: '/3200/0/5502', payload: btoa('9') },
    ],
  };
  await put(JSON.stringify(message));
  await put('nonsense');
  const { body } = await ask('GET', '/metrics');
  for (const line of [
    'mts_events_total{kind="notifications"} 3',
    'mts_events_total{kind="registrations"} 1',
    'mts_events_total{kind="reg-updates"} 2',
    'mts_events_total{kind="de-registrations"} 1',
    'mts_events_total{kind="registrations-expired"} 1',
    'mts_events_total{kind="async-responses"} 1',
    'mts_presses_total 4',
    'mts_stale_total 1',
    'mts_set_aside_total 1',
    'mts_timestamps_replaced_total 2',
    'mts_messages_total{outcome="taken"} 2',
    'mts_request_seconds_count 2',
  ]) {
    expect(body).toContain(`${line}\n`);
  }
});

test('a timestamp up to five minutes ahead is kept, one beyond counts at receipt', async () => {
  const now = Date.UTC(2026, 6, 1, 11, 58);
  const { put, store } = await start({ now: () => now });
  const ahead = (minutes: number) => now + minutes * 60_000;
  const notifications = [
    { ...counter('kept', '1', { boot: 1, timestamp: ahead(5) }) },
    { ...counter('replaced', '1', { boot: 1, timestamp: ahead(5) + 1 }) },
  ];
  await put(JSON.stringify({ notifications }));
  const hours = await collect(store.hourly({ from: new Date(0), to: new Date(ahead(600)) }));
  expect(hours).toEqual([
    { endpoint: 'replaced', hour: '2026-07-01 11:00:00', count: 1 },
    { endpoint: 'kept', hour: '2026-07-01 12:00:00', count: 1 },
  ]);
});

test.each(['connector', 'pelion', 'mdc'] as const)('reads what the %s dialect writes', async (dialect) => {
  const { put, store } = await start();
  const stamp = { uid: 'u', timestamp: Date.UTC(2026, 1, 1), boot: 5 };
  const registrations = [{ ep: 'board', resources: [], ...stamp }];
  const notification = {
    ep: 'board',
    path: '/3200/0/5501',
    ct: 'text/plain',
    payload: btoa('12'),
    maxAge: 0,
    ...stamp,
  };
  await put(encodeNotification({ registrations, notifications: [notification] }, dialect));
  expect(await store.totals()).toMatchObject({ presses: 12, setAside: 0 });
});

async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise((resolve) => setImmediate(resolve));
}
