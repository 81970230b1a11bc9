/** GET and DELETE /v2/notification/pull, without HTTP. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PollAnswer } from '../../../../../cloud/connector/channels/poll/answer.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { press, registration } from '../../events/queue-files.ts';
import { values } from '../webhook/delivering.ts';
import { got, NOW, polling, turns, WAIT } from './polling.ts';

const MINUTE_MS = 60_000;
const presses = (many: number, first = 0) => Array.from({ length: many }, (_, index) => press('a', first + index, 5));
const said = (many: number, first = 0) => Array.from({ length: many }, (_, index) => `a ${first + index}`);

describe('a GET', () => {
  test('makes the channel, waits for events, and is answered with them', async () => {
    await using it = await polling();
    expect(it.channels.keys()).toEqual([]);
    const waiting = got(it.channels.poll('k', WAIT));
    expect(it.channels.keys()).toEqual(['k']);
    await turns();
    await it.world.pass(29_000);
    await it.events.queue.append('k', [registration('b'), ...presses(1)]);
    const { text, events, delivered } = await waiting;
    expect(events).toBe(2);
    expect(values(text)).toEqual(['b', 'a 0']);
    expect(JSON.parse(text).notifications[0]).toMatchObject({ boot: 5, uid: expect.any(String) });
    await delivered();
    expect(it.events.queue.numbers('k')).toMatchObject({ events: 0, delivered: 2, held: 0 });
  });

  test('is answered 204 after 30 s, or as long as it says', async () => {
    await using it = await polling();
    const answers: PollAnswer[] = [];
    void it.channels.poll('k', WAIT).then((answer) => answers.push(answer));
    await turns();
    await it.world.pass(29_999);
    await turns();
    expect(answers).toEqual([]);
    await it.world.pass(1);
    await turns();
    expect(answers).toEqual([{ status: 204 }]);
    void it.channels.poll('k', { ...WAIT, waitMs: 5 }).then((answer) => answers.push(answer));
    await turns();
    await it.world.pass(5);
    await turns();
    expect(answers).toHaveLength(2);
  });

  test('with noWait is answered at once, with all that there is', async () => {
    await using it = await polling();
    expect(await it.channels.poll('k', NOW)).toEqual({ status: 204 });
    await it.events.queue.append('k', presses(3));
    const { text, delivered } = await got(it.channels.poll('k', NOW));
    expect(values(text)).toEqual(said(3));
    await delivered();
    expect(await it.channels.poll('k', NOW)).toEqual({ status: 204 });
    expect(it.world.now()).toBe(0);
  });

  test('with noWait, of events that have all grown too old, is not held open', async () => {
    await using it = await polling();
    await it.events.queue.append('k', presses(1));
    await it.world.pass(24 * 60 * MINUTE_MS);
    expect(await it.channels.poll('k', NOW)).toEqual({ status: 204 });
    await it.events.queue.append('k', presses(1));
    expect((await got(it.channels.poll('k', NOW))).events).toBe(1);
  });

  test('takes no more at once than a message may have, in order', async () => {
    await using it = await polling('pelion', { mostItems: 7, mostBytes: 1_500 });
    await it.events.queue.append('k', presses(40));
    const all: string[] = [];
    while (all.length < 40) {
      const { text, delivered, events } = await got(it.channels.poll('k', WAIT));
      expect(text.length).toBeLessThanOrEqual(1_500);
      expect(events).toBeLessThanOrEqual(7);
      all.push(...values(text));
      await delivered();
    }
    expect(all).toEqual(said(40));
  });

  test('is answered with 204 when the connector ends', async () => {
    await using it = await polling();
    const waiting = it.channels.poll('k', WAIT);
    await turns();
    it.channels.close();
    expect(await waiting).toEqual({ status: 204 });
    expect(await it.channels.poll('l', WAIT)).toEqual({ status: 204 });
    expect(it.world.pending).toBe(0);
  });
});

describe('an answer that did not arrive', () => {
  test('comes again, byte for byte, with whatever GET is next: after a break, a restart, and a while without a word', async () => {
    await using it = await polling('pelion', { mostItems: 3 });
    await it.events.queue.append('k', presses(3));
    const first = await got(it.channels.poll('k', WAIT));
    first.failed();
    await it.events.queue.append('k', presses(2, 3));
    const gone = new AbortController();
    const second = await got(it.channels.poll('k', { ...WAIT, signal: gone.signal }));
    gone.abort();
    const third = await got(it.channels.poll('k', NOW));
    it.restart();
    const fourth = await got(it.channels.poll('k', WAIT));
    const waiting = got(it.channels.poll('k', WAIT));
    await it.world.pass(60_000);
    const fifth = await waiting;
    for (const { text } of [second, third, fourth, fifth]) expect(text).toBe(first.text);
    await fifth.delivered();
    expect(values((await got(it.channels.poll('k', WAIT))).text)).toEqual(said(2, 3));
  });

  test('was there after all: it does not come again', async () => {
    await using it = await polling();
    await it.events.queue.append('k', presses(1));
    const first = await got(it.channels.poll('k', WAIT));
    first.failed();
    await first.delivered();
    await first.delivered();
    expect(await it.channels.poll('k', NOW)).toEqual({ status: 204 });
  });

  test('a client that goes away while it waits takes nothing with it', async () => {
    await using it = await polling();
    const gone = new AbortController();
    const waiting = it.channels.poll('k', { ...WAIT, signal: gone.signal });
    await turns();
    gone.abort();
    expect(await waiting).toEqual({ status: 204 });
    expect(await it.channels.poll('k', { ...WAIT, signal: gone.signal })).toEqual({ status: 204 });
    const next = got(it.channels.poll('k', WAIT));
    await it.events.queue.append('k', presses(1));
    expect((await next).events).toBe(1);
  });
});

describe('two GETs at once', () => {
  test('the second is refused in Pelion’s dialect', async () => {
    await using it = await polling('pelion');
    const first = got(it.channels.poll('k', WAIT));
    expect(await it.channels.poll('k', WAIT)).toMatchObject({ status: 409 });
    expect(await it.channels.poll('k', NOW)).toMatchObject({ status: 409 });
    await it.events.queue.append('k', presses(1));
    expect((await first).events).toBe(1);
  });

  test('the first ends in Device Connector’s, and the second gets the events', async () => {
    await using it = await polling('mdc');
    const first = it.channels.poll('k', WAIT);
    await turns();
    const second = got(it.channels.poll('k', WAIT));
    expect(await first).toEqual({ status: 204 });
    await it.events.queue.append('k', presses(1));
    expect((await second).events).toBe(1);
  });

  test.each(['pelion', 'mdc'] as const)(
    'a GET that overtakes the end of an answer is not told twice (%s)',
    async (spoken) => {
      await using it = await polling(spoken);
      await it.events.queue.append('k', presses(1));
      const first = await got(it.channels.poll('k', WAIT));
      const second = got(it.channels.poll('k', WAIT));
      await turns();
      void first.delivered();
      await it.events.queue.append('k', presses(1, 1));
      expect(values((await second).text)).toEqual(['a 1']);
    },
  );
});

describe('nobody asks', () => {
  test('for 10 minutes: the channel is removed, and what is queued', async () => {
    await using it = await polling();
    await it.channels.poll('k', NOW);
    await it.events.queue.append('k', presses(2));
    await it.world.pass(9 * MINUTE_MS);
    (await got(it.channels.poll('k', NOW))).failed();
    await it.world.pass(10 * MINUTE_MS - 1);
    expect(it.channels.has('k')).toBe(true);
    await it.world.pass(1);
    expect(it.channels.has('k')).toBe(false);
    await turns();
    expect(it.removed).toEqual(['k idle 2']);
    it.restart();
    expect(it.channels.keys()).toEqual([]);
    expect(it.events.queue.numbers('k')).toBeUndefined();
  });

  test('while a GET is open, or an answer on its way: that is no idle channel', async () => {
    await using it = await polling('pelion', { removedAfterIdleMs: 10_000 });
    const waiting = got(it.channels.poll('k', WAIT));
    await turns();
    await it.world.pass(20_000);
    await it.events.queue.append('k', presses(1));
    await waiting;
    await it.world.pass(20_000);
    expect(it.channels.has('k')).toBe(true);
    await it.world.pass(60_000);
    expect(it.channels.has('k')).toBe(false);
  });

  test('after a restart, from then on', async () => {
    await using it = await polling();
    await it.channels.poll('k', NOW);
    await it.world.pass(9 * MINUTE_MS);
    const since = it.channels.state('k')?.sinceMs;
    it.restart();
    expect(it.channels.state('k')).toEqual({ sinceMs: since, doing: 'no GET is open' });
    await it.world.pass(9 * MINUTE_MS);
    expect(it.channels.has('k')).toBe(true);
    await it.world.pass(MINUTE_MS);
    expect(it.channels.has('k')).toBe(false);
    await turns();
  });
});

describe('a DELETE', () => {
  test('removes channel and queue, ends the GET with 410, and is remembered for 2 minutes', async () => {
    await using it = await polling();
    const waiting = it.channels.poll('k', WAIT);
    await turns();
    expect(await it.channels.remove('k')).toBe('REMOVED');
    expect(await waiting).toEqual({ status: 410, reason: 'CHANNEL_DELETED' });
    expect(await it.channels.remove('k')).toBe('ALREADY_DELETED');
    await it.events.queue.append('k', presses(1));
    await it.world.pass(2 * MINUTE_MS - 1);
    expect(await it.channels.poll('k', WAIT)).toMatchObject({ status: 410 });
    expect(it.channels.has('k')).toBe(false);
    await it.world.pass(1);
    expect((await got(it.channels.poll('k', WAIT))).events).toBe(1);
  });

  test('of what is queued, and of an answer on its way', async () => {
    await using it = await polling('mdc');
    await it.channels.poll('k', NOW);
    await it.events.queue.append('k', presses(2));
    const first = await got(it.channels.poll('k', WAIT));
    await it.channels.remove('k');
    await it.events.queue.append('k', presses(1, 7));
    await first.delivered();
    expect(values((await got(it.channels.poll('k', WAIT))).text)).toEqual(['a 7']);
  });

  test('of nothing', async () => {
    await using it = await polling();
    expect(await it.channels.remove('k')).toBe('ALREADY_DELETED');
    expect(await it.channels.poll('k', NOW)).toEqual({ status: 204 });
  });
});

test('another channel takes over: the GET ends, what is queued stays', async () => {
  await using it = await polling();
  const waiting = it.channels.poll('k', WAIT);
  await turns();
  await it.channels.release('k');
  expect(await waiting).toEqual({ status: 204 });
  await it.events.queue.append('k', presses(1));
  it.restart();
  expect(it.channels.keys()).toEqual([]);
  expect(it.events.queue.numbers('k')).toMatchObject({ events: 1 });
});

test('a channel that cannot be written down is none', async () => {
  await using it = await polling();
  it.events.close();
  await expect(it.channels.poll('k', WAIT)).rejects.toThrow(StoreError);
  expect(it.channels.keys()).toEqual([]);
});

test('whatever breaks, every event comes, in its order, and none that was delivered comes again', async () => {
  const step = fc.constantFrom('append', 'deliver', 'fail', 'abort', 'restart', 'hang');
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.constantFrom('pelion' as const, 'mdc' as const),
      async (steps, spoken) => {
        await using it = await polling(spoken, { mostItems: 3 });
        let appended = 0;
        const delivered: string[] = [];
        for (const what of [...steps, ...Array.from({ length: 30 }, () => 'deliver' as const)]) {
          if (what === 'append') {
            await it.events.queue.append('k', presses(2, appended));
            appended += 2;
          } else if (what === 'restart') it.restart();
          else if (appended > delivered.length) {
            const gone = new AbortController();
            const answer = await got(it.channels.poll('k', { ...WAIT, signal: gone.signal }));
            expect(values(answer.text)[0]).toBe(`a ${delivered.length}`);
            if (what === 'fail') answer.failed();
            else if (what === 'abort') gone.abort();
            else if (what === 'hang') await it.world.pass(60_000);
            else {
              delivered.push(...values(answer.text));
              await answer.delivered();
            }
          }
        }
        expect(delivered).toEqual(said(appended));
      },
    ),
    { numRuns: 40 },
  );
});
