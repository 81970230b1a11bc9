/** A receiver with every bad habit at once, and a connector that is started again and again: each event, exactly once by uid. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AttemptFaults } from '../../../../../cloud/connector/channels/webhook/attempt.ts';
import { Deliveries } from './deliveries.ts';
import { delivering } from './delivering.ts';
import { ACCEPT, type Answering, startReceiver } from './receiver.ts';

/** Each says whether the receiver has taken what it was sent. */
const HABITS = {
  accept: [true, ACCEPT],
  ok: [true, (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>fine</p>')],
  'takes it and fails': [true, (response) => response.writeHead(503).end()],
  'takes it and breaks off': [true, (response) => response.destroy()],
  'takes it and hangs': [true, () => undefined],
  'breaks off within its answer': [
    true,
    (response) => response.writeHead(200, { 'content-length': 9 }).write('a', () => response.destroy()),
  ],
  refuses: [false, (response) => response.writeHead(400).end()],
  redirects: [false, (response) => response.writeHead(302, { location: '/' }).end()],
  hangs: [false, () => undefined],
} as const satisfies Record<string, readonly [boolean, Answering]>;
type Habit = keyof typeof HABITS;

const habit = fc.constantFrom(...(Object.keys(HABITS) as Habit[]));
const faults: fc.Arbitrary<AttemptFaults> = fc.record(
  { concurrent: fc.boolean(), lostAnswer: fc.boolean(), redeliver: fc.boolean() },
  { requiredKeys: [] },
);
const run = fc.record({
  habits: fc.array(habit, { minLength: 1, maxLength: 25 }),
  faults: fc.array(faults, { maxLength: 10 }),
  mostItems: fc.integer({ min: 1, max: 10 }),
  appends: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
  restarts: fc.array(fc.nat(30), { maxLength: 3 }),
});

test('every event comes, in its order, and comes again only in the same bytes', async () => {
  let repeated = 0;
  const property = fc.asyncProperty(run, async ({ habits, faults, mostItems, appends, restarts }) => {
    const deliveries = new Deliveries();
    await using receiver = await startReceiver();
    let attempt = 0;
    await using it = await delivering({}, { before: () => faults[attempt++] });
    await it.channels.register('k', { url: receiver.url, mostItems });
    let asked = 0;
    receiver.answer = (response, index, body) => {
      const [isTaken, answer] = HABITS[habits[asked++] ?? 'accept'];
      if (isTaken) deliveries.take(body);
      answer(response, index, body);
    };
    let name = 0;
    const names = (many: number) =>
      Array.from({ length: many }, () => ({ kind: 'de-registration' as const, data: { ep: `${name++}` } }));
    const left = [...appends];
    for (let turn = 0; left.length > 0 || it.events.queue.numbers('k')?.events !== 0; turn++) {
      if (left.length > 0) await it.events.queue.append('k', names(left.shift()!));
      if (restarts.includes(turn)) await it.restart();
      for (let loop = 0; loop < 8; loop++) await new Promise((resolve) => setImmediate(resolve));
      await it.world.pass(20_000);
    }
    expect(deliveries.first).toEqual(Array.from({ length: name }, (_, index) => `${index}`));
    expect([...deliveries.torn]).toEqual([]);
    expect(it.problems).toEqual([]);
    expect(it.events.queue.numbers('k')).toMatchObject({ delivered: name, dropped: 0, expired: 0, superseded: 0 });
    repeated += deliveries.repeated;
  });
  await fc.assert(property, { numRuns: 40 });
  expect(repeated).toBeGreaterThan(5);
});
