import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import type { AttemptFaults } from '../../../../../cloud/connector/channels/webhook/attempt.ts';
import { press, registration } from '../../events/queue-files.ts';
import { ownCertificate } from './certificate.ts';
import { delivering, values } from './delivering.ts';
import { ACCEPT, type Answering, startReceiver, until } from './receiver.ts';

const HOUR_MS = 3_600_000;
const REFUSE: Answering = (response) => response.writeHead(500).end();
const HANG: Answering = () => undefined;
/** Passes the trial, whatever it does afterwards. */
const onceTaken =
  (answer: Answering): Answering =>
  (response, index, body) =>
    body === '{}' ? ACCEPT(response, index, body) : answer(response, index, body);
const presses = (many: number, first = 0) => Array.from({ length: many }, (_, index) => press('a', first + index, 5));

describe('registering', () => {
  test('puts {} with the headers, and takes the webhook if that is answered 204', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering();
    const webhook = { url: receiver.url, headers: { 'X-Secret': 'hidden' } };
    expect(it.channels.get('k')).toBeUndefined();
    expect(await it.channels.register('k', webhook)).toEqual({ accepted: true });
    expect(receiver.received).toMatchObject([{ method: 'PUT', body: '{}', headers: { 'x-secret': 'hidden' } }]);
    const taken = { ...webhook, dialect: 'connector', mostItems: 10_000 };
    expect(it.channels.get('k')).toEqual(taken);
    await it.restart();
    expect(it.channels.get('k')).toEqual(taken);
    expect(receiver.received).toHaveLength(1);
  });

  const refusals: readonly [string, Answering, RegExp][] = [
    ['500', REFUSE, /PUT of \{\}, and it answered 500/],
    ['202', (response) => response.writeHead(202).end(), /it answered 202/],
    ['a redirect', (response) => response.writeHead(307, { location: '/' }).end(), /redirects \(307\)/],
    ['a reset', (response) => response.destroy(), /cannot be reached \(ECONNRESET\)/],
  ];
  test.each(refusals)('refuses one that answers with %s', async (_, answer, reason) => {
    await using receiver = await startReceiver(answer);
    await using it = await delivering();
    const registering = await it.channels.register('k', { url: receiver.url, headers: { a: 'hidden' } });
    expect(registering).toEqual({ accepted: false, reason: expect.stringMatching(reason) });
    expect(it.channels.get('k')).toBeUndefined();
    await it.restart();
    expect(it.channels.states()).toEqual([]);
  });

  test('refuses one that does not answer in time, is not there, or is none', async () => {
    await using receiver = await startReceiver(HANG);
    await using it = await delivering();
    const registering = it.channels.register('k', { url: receiver.url });
    await until(() => receiver.received.length === 1);
    await it.world.pass(20_000);
    expect(await registering).toMatchObject({ reason: expect.stringContaining('did not answer in time') });
    expect(await it.channels.register('k', { url: 'http://127.0.0.1:1/' })).toMatchObject({ accepted: false });
    expect(await it.channels.register('k', { url: 'x' })).toEqual({ accepted: false, reason: 'the URL is none' });
  });

  test('refuses addresses that are not public, where that is asked for', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering({ publicOnly: true });
    for (const host of ['127.0.0.1', 'localhost']) {
      const registering = await it.channels.register('k', { url: receiver.url.replace('127.0.0.1', host) });
      expect(registering).toMatchObject({ accepted: false, reason: expect.stringContaining('not public') });
    }
    expect(receiver.received).toEqual([]);
  });

  test('takes no more webhooks, and tries out no more at once, than it may', async () => {
    await using receiver = await startReceiver(HANG);
    await using it = await delivering({ mostChannels: 1, mostTrials: 2 });
    const two = [it.channels.register('k', { url: receiver.url }), it.channels.register('k', { url: receiver.url })];
    expect(await it.channels.register('l', { url: receiver.url })).toMatchObject({
      reason: expect.stringMatching(/too many/),
    });
    receiver.answer = ACCEPT;
    await until(() => receiver.received.length === 1);
    await it.world.pass(20_000);
    expect(await Promise.all(two)).toMatchObject([{ accepted: false }, { accepted: true }]);
    expect(await it.channels.register('l', { url: receiver.url })).toMatchObject({
      reason: expect.stringMatching(/1 webhooks already/),
    });
    expect(await it.channels.register('k', { url: receiver.url })).toEqual({ accepted: true });
  });

  test('a key that is given up in the middle of it: the connector ends', async () => {
    await using receiver = await startReceiver(HANG);
    await using it = await delivering();
    const registering = it.channels.register('k', { url: receiver.url });
    await until(() => receiver.received.length === 1);
    await it.channels.close();
    expect(await registering).toMatchObject({ accepted: false });
    expect(await it.channels.register('k', { url: receiver.url })).toMatchObject({ accepted: false });
  });
});

describe('delivery', () => {
  test('is in order, one message at a time, and no larger than it may be', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering({ mostBytes: 2_000 });
    await it.events.queue.append('k', presses(60));
    await it.channels.register('k', { url: receiver.url, mostItems: 7 });
    await it.events.queue.append('k', [registration('b'), ...presses(40, 60)]);
    await until(() => it.events.queue.numbers('k')!.events === 0);
    const bodies = receiver.received.slice(1).map(({ body }) => body);
    const told = bodies.flatMap(values);
    expect(told.filter((text) => text !== 'b')).toEqual(presses(100).map((_, n) => `a ${n}`));
    expect(told).toContain('b');
    expect(receiver.open.most).toBe(1);
    for (const body of bodies) {
      expect(body.length).toBeLessThanOrEqual(2_000);
      expect(values(body).length).toBeLessThanOrEqual(7);
    }
    expect(it.attempts.map(({ events }) => events).reduce((a, b) => a + b)).toBe(101);
    expect(it.events.queue.numbers('k')).toMatchObject({ delivered: 101, dropped: 0, held: 0 });
  });

  test('of a full message: 10,000 events, less than 4 MB', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering();
    await it.events.queue.append('k', presses(10_001));
    await it.events.queue.append(
      'l',
      Array.from({ length: 400 }, () => ({
        kind: 'async-response' as const,
        data: { id: 'r', status: 200, payload: 'x'.repeat(20_000) },
      })),
    );
    await it.channels.register('k', { url: receiver.url });
    await it.channels.register('l', { url: receiver.url });
    await until(() => it.attempts.length === 4);
    expect(it.attempts.map(({ key, events }) => `${key} ${events}`).toSorted()).toEqual(
      ['k 1', 'k 10000', 'l 191', 'l 209'].toSorted(),
    );
    expect(Math.max(...it.attempts.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4 * 1024 ** 2);
  });

  test('goes to each key on its own, in its own dialect', async () => {
    await using one = await startReceiver();
    await using other = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering();
    await it.channels.register('k', { url: one.url });
    await it.channels.register('l', { url: other.url, dialect: 'mdc' });
    await it.events.queue.append(['k', 'l'], presses(1));
    await it.attemptsAre(2);
    const [mine, theirs] = [one, other].map(({ received }) => JSON.parse(received[1]!.body).notifications[0]);
    expect(mine).toMatchObject({ ep: 'a', boot: 5, uid: expect.any(String), timestamp: expect.any(Number) });
    expect(theirs).toEqual({ ep: 'a', path: '/3200/0/5501', ct: 'text/plain', payload: 'MA==', 'max-age': '0' });
  });

  test('over TLS', async () => {
    const tls = await ownCertificate();
    await using receiver = await startReceiver(ACCEPT, tls);
    await using it = await delivering({}, { ca: tls.cert });
    expect(await it.channels.register('k', { url: receiver.url })).toEqual({ accepted: true });
    await it.events.queue.append('k', presses(3));
    await it.attemptsAre(1);
    expect(values(receiver.received[1]!.body)).toEqual(['a 0', 'a 1', 'a 2']);
  });
});

describe('trouble', () => {
  test('the same bytes again after 1, 2, 4 ... 120 s, whatever else comes in', async () => {
    await using receiver = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append('k', presses(3));
    const times: number[] = [];
    for (let many = 1; many <= 10; many++) {
      await it.attemptsAre(many);
      times.push(it.world.now());
      await it.events.queue.append('k', presses(1, 10 + many));
    }
    expect(times.map((time, index) => (time - (times[index - 1] ?? 0)) / 1_000)).toEqual([
      0, 1, 2, 4, 8, 16, 32, 64, 120, 120,
    ]);
    const bodies = receiver.received.slice(1).map(({ body }) => body);
    expect(new Set(bodies).size).toBe(1);
    expect(it.channels.state('k')).toMatchObject({
      attempts: 10,
      failures: 10,
      failingMs: 367_000,
      lastError: { text: 'it answered 500', atMs: it.world.wall() },
      doing: 'waiting to try again',
      nextAttemptMs: it.world.wall() + 120_000,
      queue: { events: 13, held: 3 },
    });
    receiver.answer = ACCEPT;
    await it.attemptsAre(12);
    expect(it.channels.state('k')).toMatchObject({
      failures: 0,
      failingMs: 0,
      lastSuccessMs: it.world.wall(),
      attempts: 12,
    });
    expect(values(receiver.received.at(-1)!.body)).toEqual(presses(10).map((_, n) => `a ${11 + n}`));
  });

  test('the wait begins when the time for an answer is over', async () => {
    await using receiver = await startReceiver(onceTaken(HANG));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append('k', presses(1));
    await until(() => receiver.received.length === 2);
    expect(it.channels.state('k')).toMatchObject({ doing: 'sending' });
    await it.world.pass(20_000);
    await until(() => it.attempts.length === 1);
    expect(it.attempts[0]).toMatchObject({ answer: { kind: 'timeout' }, tookMs: 20_000, waitMs: 1_000 });
    receiver.answer = ACCEPT;
    await it.attemptsAre(2);
    expect(it.world.now()).toBe(21_000);
  });

  test('a receiver that is down for most of a day gets everything when it is back', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await receiver.down();
    for (let hour = 0; hour < 23; hour++) {
      await it.events.queue.append('k', presses(10, 10 * hour));
      await it.attemptsAre(it.attempts.length + 30);
    }
    expect(it.world.now()).toBeGreaterThan(22 * HOUR_MS);
    expect(it.world.now()).toBeLessThan(24 * HOUR_MS);
    expect(new Set(it.attempts.map(({ answer }) => JSON.stringify(answer)))).toEqual(
      new Set(['{"kind":"unreachable","reason":"ECONNREFUSED"}']),
    );
    await receiver.up();
    await it.attemptsAre(it.attempts.length + 2);
    expect(receiver.received.slice(1).flatMap(({ body }) => values(body))).toEqual(
      presses(230).map((_, n) => `a ${n}`),
    );
    expect(it.removed).toEqual([]);
    expect(it.problems).toEqual([]);
  });

  test('after 24 h of failures the channel is removed with its queue', async () => {
    await using receiver = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.world.pass(10 * HOUR_MS);
    await it.events.queue.append('k', presses(1));
    await it.attemptsAre(100);
    // Those that come later are not too old yet.
    await it.events.queue.append('k', presses(4));
    await it.attemptsAre(Number.POSITIVE_INFINITY);
    await until(() => it.removed.length > 0);
    expect(it.world.now()).toBeGreaterThanOrEqual(34 * HOUR_MS);
    expect(it.world.now()).toBeLessThan(34.1 * HOUR_MS);
    expect(it.removed).toEqual([{ key: 'k', why: 'failing', events: 4 }]);
    expect(it.channels.states()).toEqual([]);
    expect(it.events.queue.numbers('k')).toBeUndefined();
    await it.restart();
    expect(it.channels.states()).toEqual([]);
    receiver.answer = ACCEPT;
    expect(await it.channels.register('k', { url: receiver.url })).toEqual({ accepted: true });
  });

  test('a success in between begins the 24 h again', async () => {
    await using receiver = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append('k', presses(1));
    while (it.world.now() < 20 * HOUR_MS) await it.attemptsAre(it.attempts.length + 1);
    receiver.answer = ACCEPT;
    await it.attemptsAre(it.attempts.length + 1);
    receiver.answer = onceTaken(REFUSE);
    await it.events.queue.append('k', presses(1));
    while (it.world.now() < 40 * HOUR_MS) await it.attemptsAre(it.attempts.length + 1);
    expect(it.removed).toEqual([]);
  });

  test('after 48 h without an event the channel is removed; an event or a registration begins them again', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.world.pass(47 * HOUR_MS);
    await it.events.queue.append('k', presses(1));
    await it.attemptsAre(1);
    await it.world.pass(47 * HOUR_MS);
    await it.channels.register('k', { url: receiver.url });
    await it.restart();
    await it.world.pass(48 * HOUR_MS - 1);
    await it.events.records.save('x', 'x', 'x');
    expect(it.removed).toEqual([]);
    await it.world.pass(1);
    await until(() => it.removed.length > 0);
    expect(it.removed).toEqual([{ key: 'k', why: 'idle', events: 0 }]);
    expect(it.channels.get('k')).toBeUndefined();
  });

  test('a registration in the last moment is in time', async () => {
    await using receiver = await startReceiver();
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.world.pass(48 * HOUR_MS - 1);
    const { records } = it.events;
    const save = records.save.bind(records);
    records.save = (...what) => {
      const saved = save(...what);
      void it.world.pass(1);
      return saved;
    };
    expect(await it.channels.register('k', { url: receiver.url })).toEqual({ accepted: true });
    await it.events.queue.append('k', presses(1));
    await until(() => it.events.queue.numbers('k')?.delivered === 1);
    expect(it.removed).toEqual([]);
  });

  test('an event that has outlived its lifetime is not sent, the next one is', async () => {
    await using receiver = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering({}, { limitsOf: () => ({ mostBytes: 1e6, lifetimeMs: HOUR_MS / 4 }) });
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append('k', presses(2));
    while (it.world.now() < HOUR_MS / 5) await it.attemptsAre(it.attempts.length + 1);
    await it.events.queue.append('k', presses(1, 2));
    while (it.world.now() < HOUR_MS / 4) await it.attemptsAre(it.attempts.length + 1);
    await it.attemptsAre(it.attempts.length + 1);
    expect(values(receiver.received.at(-1)!.body)).toEqual(['a 2']);
    expect(it.events.queue.numbers('k')).toMatchObject({ expired: 2, events: 1 });
  });
});

describe('a restart', () => {
  test('goes on with the same bytes, the same failures and the same waits', async () => {
    await using receiver = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url, headers: { a: 'hidden' } });
    await it.events.queue.append('k', presses(3));
    await it.attemptsAre(4);
    await it.events.queue.append('k', presses(3));
    await it.restart();
    await it.attemptsAre(5);
    expect(it.attempts.at(-1)).toMatchObject({ waitMs: 16_000 });
    const sent = receiver.received.slice(1).map(({ body, headers }) => `${headers.a} ${body}`);
    expect(sent).toHaveLength(5);
    expect(new Set(sent).size).toBe(1);
    expect(it.channels.state('k')).toMatchObject({ attempts: 5, failures: 5, failingMs: 7_000 });
  });

  test('the time that nobody was running is not one of failures', async () => {
    await using receiver = await startReceiver(onceTaken(REFUSE));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append('k', presses(3));
    await it.attemptsAre(3);
    await it.channels.close();
    await it.world.pass(23 * HOUR_MS);
    await it.restart();
    await it.events.queue.append('k', presses(1));
    while (it.world.now() < 25 * HOUR_MS) await it.attemptsAre(it.attempts.length + 1);
    expect(it.removed).toEqual([]);
    expect(it.channels.state('k')?.failingMs).toBeLessThan(3 * HOUR_MS);
  });

  test('lets what is under way end, but not for long', async () => {
    await using receiver = await startReceiver(onceTaken(HANG));
    await using it = await delivering();
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append('k', presses(1));
    await until(() => receiver.received.length === 2);
    await it.restart();
    // Nothing that was given up by us is the receiver's failure.
    expect(it.channels.state('k')).toMatchObject({ attempts: 0, failures: 0 });
    await until(() => receiver.received.length === 3);
    expect(receiver.received[2]!.body).toBe(receiver.received[1]!.body);
  });
});

describe('another webhook for the same key', () => {
  test('gets what the first did not, at once', async () => {
    await using one = await startReceiver(onceTaken(REFUSE));
    await using other = await startReceiver();
    await using it = await delivering();
    await it.channels.register('k', { url: one.url });
    await it.events.queue.append('k', presses(2));
    await it.attemptsAre(5);
    const now = it.world.now();
    expect(await it.channels.register('k', { url: other.url })).toEqual({ accepted: true });
    await until(() => other.received.length === 2);
    expect(it.world.now()).toBe(now);
    expect(values(other.received[1]!.body)).toEqual(['a 0', 'a 1']);
    await it.restart();
    expect(it.channels.get('k')).toMatchObject({ url: other.url });
  });

  test('waits for what is under way with the first', async () => {
    await using one = await startReceiver(onceTaken(HANG));
    await using other = await startReceiver();
    await using it = await delivering();
    await it.channels.register('k', { url: one.url });
    await it.events.queue.append('k', presses(2));
    await until(() => one.received.length === 2);
    await it.channels.register('k', { url: other.url });
    expect(other.received).toHaveLength(1);
    await it.world.pass(20_000);
    await it.attemptsAre(2);
    expect(it.attempts).toMatchObject([{ answer: { kind: 'timeout' }, waitMs: 0 }, { answer: { status: 204 } }]);
    expect(values(other.received[1]!.body)).toEqual(['a 0', 'a 1']);
    expect(it.channels.state('k')).toMatchObject({ failures: 0, attempts: 1 });
  });

  test('that is refused leaves the first in its place', async () => {
    await using one = await startReceiver();
    await using other = await startReceiver(REFUSE);
    await using it = await delivering();
    await it.channels.register('k', { url: one.url });
    expect(await it.channels.register('k', { url: other.url })).toMatchObject({ accepted: false });
    await it.events.queue.append('k', presses(1));
    await it.attemptsAre(1);
    expect(one.received).toHaveLength(2);
  });
});

describe('removing', () => {
  test('ends what is under way, and takes the queue along', async () => {
    await using receiver = await startReceiver(onceTaken(HANG));
    await using it = await delivering();
    expect(await it.channels.remove('k')).toBe(false);
    await it.channels.register('k', { url: receiver.url });
    await it.events.queue.append(['k', 'l'], presses(2));
    await until(() => receiver.received.length === 2);
    expect(await it.channels.remove('k')).toBe(true);
    expect(await it.channels.remove('k')).toBe(false);
    expect(it.events.queue.keys()).toEqual(['l']);
    await it.restart();
    expect(it.channels.states()).toEqual([]);
    expect(it.events.queue.numbers('l')).toMatchObject({ events: 2 });
  });

  test('does not touch the queue of a key that has no webhook', async () => {
    await using it = await delivering();
    await it.events.queue.append('k', presses(2));
    expect(await it.channels.remove('k')).toBe(false);
    expect(it.events.queue.numbers('k')).toMatchObject({ events: 2 });
  });
});

describe('faults that are asked for', () => {
  async function faulty(faults: (tries: number, first: number) => AttemptFaults, most = 1) {
    const receiver = await startReceiver();
    const asked: unknown[] = [];
    const it = await delivering(
      {},
      {
        before: (attempt) => {
          asked.push(attempt);
          return faults(attempt.tries, attempt.first);
        },
      },
    );
    await it.channels.register('k', { url: receiver.url, mostItems: most });
    return {
      receiver,
      it,
      asked,
      async [Symbol.asyncDispose]() {
        await it[Symbol.asyncDispose]();
        await receiver[Symbol.asyncDispose]();
      },
    };
  }
  const bodies = (received: readonly { body: string }[]) =>
    received.slice(1).flatMap(({ body }) => values(body).join());

  test('redeliver: once more after it was acknowledged, before the next', async () => {
    await using all = await faulty(() => ({ redeliver: true }));
    await all.it.events.queue.append('k', presses(2));
    await until(() => all.receiver.received.length === 5);
    expect(bodies(all.receiver.received)).toEqual(['a 0', 'a 0', 'a 1', 'a 1']);
    expect(all.asked).toMatchObject([
      { key: 'k', first: 1, through: 1, events: 1, tries: 0 },
      { first: 2, tries: 0 },
    ]);
  });

  test('lostAnswer: the receiver has it, and gets it again', async () => {
    await using all = await faulty((tries) => ({ lostAnswer: tries === 0 }), 2);
    await all.it.events.queue.append('k', presses(2));
    await all.it.attemptsAre(2);
    expect(bodies(all.receiver.received)).toEqual(['a 0,a 1', 'a 0,a 1']);
    expect(all.it.attempts).toMatchObject([{ answer: { kind: 'cut' }, waitMs: 1_000 }, { answer: { status: 204 } }]);
    expect(all.asked).toMatchObject([{ tries: 0 }, { tries: 1 }]);
  });

  test('concurrent: two at once, and both must be acknowledged', async () => {
    await using all = await faulty((tries) => ({ concurrent: tries === 0 }), 2);
    const held: (() => void)[] = [];
    all.receiver.answer = (response, index, body) => {
      if (index > 2) ACCEPT(response, index, body);
      else held.push(() => response.writeHead(index === 1 ? 204 : 503).end());
    };
    await all.it.events.queue.append('k', presses(1));
    await until(() => held.length === 2);
    for (const answer of held) answer();
    await all.it.attemptsAre(2);
    expect(bodies(all.receiver.received)).toEqual(['a 0', 'a 0', 'a 0']);
    expect(all.it.attempts).toMatchObject([{ answer: { status: 503 } }, { answer: { status: 204 } }]);
  });
});

test('nothing that is told holds a secret', async () => {
  await using receiver = await startReceiver(onceTaken(REFUSE));
  await using it = await delivering();
  const [host] = receiver.url.replace('http://', '').split('/');
  await it.channels.register('k', { url: `http://user:hidden1@${host}/hook?key=hidden2`, headers: { a: 'hidden3' } });
  await it.events.queue.append('k', presses(1));
  await it.attemptsAre(2);
  expect(it.channels.state('k')?.url).toBe(`http://***@${host}/hook?key=***`);
  const told = JSON.stringify([it.channels.states(), it.attempts, it.problems]);
  expect(told).not.toContain('hidden');
  expect(told).toContain('it answered 500');
});

describe('trouble with its own file', () => {
  /** From now on nothing can be changed in a queue for as long as a channel of kind `full` remembers anything. */
  async function breakable() {
    const receiver = await startReceiver();
    const it = await delivering();
    it.events.close();
    const db = new DatabaseSync(it.path);
    db.exec(`CREATE TRIGGER full BEFORE UPDATE ON queue WHEN EXISTS (SELECT 1 FROM channel WHERE kind = 'full')
      BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    db.close();
    await it.restart();
    return {
      receiver,
      it,
      async [Symbol.asyncDispose]() {
        await it[Symbol.asyncDispose]();
        await receiver[Symbol.asyncDispose]();
      },
    };
  }

  test('is told, and waited for: what was sent is sent again', async () => {
    await using all = await breakable();
    const { it, receiver } = all;
    await it.channels.register('k', { url: receiver.url });
    const held: (() => void)[] = [];
    receiver.answer = (response) => held.push(() => response.writeHead(204).end());
    await it.events.queue.append('k', presses(2));
    await until(() => held.length === 1);
    await it.events.records.save('full', '', '');
    held[0]!();
    await until(() => it.channels.state('k')?.doing === 'waiting to try again');
    expect(it.problems).toMatchObject([{ code: 'STORE_DOWN' }, { code: 'STORE_DOWN' }]);
    await expect(it.events.queue.append('k', presses(1))).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await it.world.pass(1_000);
    await until(() => held.length === 2);
    await it.events.records.delete('full', '');
    held[1]!();
    await until(() => it.events.queue.numbers('k')?.events === 0);
    expect(receiver.received[2]!.body).toBe(receiver.received[1]!.body);
  });

  test('leaves a webhook in its place that cannot be replaced', async () => {
    await using all = await breakable();
    const { it, receiver } = all;
    await using other = await startReceiver();
    await it.channels.register('k', { url: receiver.url });
    await it.events.records.save('full', '', '');
    await expect(it.channels.register('k', { url: other.url })).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await expect(it.channels.register('l', { url: other.url })).rejects.toMatchObject({ code: 'STORE_DOWN' });
    expect(it.channels.states().map(({ key, url }) => [key, url])).toEqual([['k', receiver.url]]);
    await it.events.records.delete('full', '');
    await it.events.queue.append('k', presses(1));
    await it.attemptsAre(1);
    expect([receiver.received.length, other.received.length]).toEqual([2, 2]);
    await it.restart();
    expect(it.channels.states().map(({ key, url }) => [key, url])).toEqual([['k', receiver.url]]);
  });
});
