import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { openEvents } from '../../../../cloud/connector/events/open.ts';
import type { EventQueue } from '../../../../cloud/connector/events/queue.ts';
import { StoreError } from '../../../../cloud/protocol/errors.ts';
import { ALL, FOR_EVER, press, type QueueFile, queueFile, registration, said, uidsOf } from './queue-files.ts';
import { NOON } from './virtual-time.ts';

const ep = (name: string) => ({ kind: 'de-registration' as const, data: { ep: name } });

describe('append', () => {
  test('keeps the order of the calls, and stamps each event in it', async () => {
    await using file = await queueFile();
    const { queue } = file.events;
    await Promise.all([
      queue.append('k', [press('a', 1, 5), registration('b')]),
      queue.append('k', [ep('c')]),
      queue.append('k', [{ kind: 'async-response', data: { id: 'r', status: 200 } }]),
    ]);
    const events = queue.peek('k', ALL);
    expect(said(events)).toEqual(['a 1', 'registration b', 'de-registration c', 'async-response r']);
    expect(events[0]).toMatchObject({ data: { timestamp: NOON, boot: 5 } });
    const uids = uidsOf(events.slice(0, 3));
    expect(uids.toSorted()).toEqual(uids);
    expect(new Set(uids).size).toBe(3);
    expect(events[3]).toEqual({ kind: 'async-response', data: { id: 'r', status: 200 } });
  });

  test('for several keys queues the same event for each', async () => {
    await using file = await queueFile();
    const { queue } = file.events;
    await queue.append(['k', 'l'], [press('a', 1)]);
    await queue.append('l', [press('a', 2)]);
    expect(said(queue.peek('k', ALL))).toEqual(['a 1']);
    expect(said(queue.peek('l', ALL))).toEqual(['a 1', 'a 2']);
    expect(uidsOf(queue.peek('l', ALL))[0]).toBe(uidsOf(queue.peek('k', ALL))[0]);
    expect(queue.peek('nobody', ALL)).toEqual([]);
    expect(queue.keys()).toEqual(['k', 'l']);
  });

  test.each(['', 'x'.repeat(257), 'a\nb', '\ud800'])('refuses the key %j', async (key) => {
    await using file = await queueFile();
    await expect(file.events.queue.append(key, [press('a', 1)])).rejects.toThrow(RangeError);
  });

  test('resolves with all of it on disk, or rejects with none', async () => {
    await using file = await queueFile();
    file.events.close();
    const db = new DatabaseSync(file.path);
    db.exec(`CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.element LIKE '%poison%'
      BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    db.close();
    file.events = openEvents(file);
    const { queue } = file.events;
    await queue.append('k', [press('a', 1)]);
    const waiting = queue.next('l', ALL, FOR_EVER);
    const asked = [
      queue.append(['k', 'l'], [press('a', 2)]),
      queue.append('k', [press('a', 3), ep('poison')]),
      waiting,
    ];
    for (const one of await Promise.allSettled(asked)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'STORE_DOWN' } });
    }
    expect(queue.numbers('k')).toMatchObject({ events: 1, last: 1 });
    expect(queue.numbers('l')).toBeUndefined();
    await queue.append('k', [press('a', 4)]);
    expect(said(queue.peek('k', ALL))).toEqual(['a 1', 'a 4']);
  });

  test('is refused after the file was closed, and what was asked for before is written', async () => {
    await using file = await queueFile();
    const before = file.events.queue.append('k', [press('a', 1)]);
    file.reopen();
    await before;
    expect(said(file.events.queue.peek('k', ALL))).toEqual(['a 1']);
    const { queue } = file.events;
    file.reopen();
    await expect(queue.append('k', [press('a', 2)])).rejects.toThrow(StoreError);
  });
});

describe('next', () => {
  test('gives the same batch until it is acknowledged, also after a restart', async () => {
    await using file = await queueFile();
    await file.events.queue.append('k', [press('a', 1), press('a', 2), press('a', 3)]);
    const first = await file.events.queue.next('k', { ...ALL, mostItems: 2 }, FOR_EVER);
    expect(said(first?.events)).toEqual(['a 1', 'a 2']);
    await file.events.queue.append('k', [press('a', 4)]);
    expect(await file.events.queue.next('k', ALL, FOR_EVER)).toEqual(first);
    file.reopen();
    const again = await file.events.queue.next('k', ALL, FOR_EVER);
    expect(again).toEqual(first);
    await file.events.queue.acknowledge('k', again!);
    file.reopen();
    expect(said((await file.events.queue.next('k', ALL, FOR_EVER))?.events)).toEqual(['a 3', 'a 4']);
    expect(file.events.queue.numbers('k')).toMatchObject({ events: 2, delivered: 2, held: 4, last: 4 });
  });

  test('waits for an event, and does not need a second transaction for it', async () => {
    await using file = await queueFile();
    const { queue } = file.events;
    const order: string[] = [];
    const next = queue.next('k', ALL, FOR_EVER).then((batch) => {
      order.push('next');
      return batch;
    });
    await queue.append('l', [press('b', 1)]);
    const appended = queue.append('k', [press('a', 1)]).then(() => {
      order.push('appended');
      return queue.numbers('k')?.held;
    });
    expect(said((await next)?.events)).toEqual(['a 1']);
    // It is held already when the appending is told to be done.
    expect(await appended).toBe(1);
    expect(order).toEqual(['appended', 'next']);
    expect(queue.numbers('k')).toMatchObject({ held: 1 });
  });

  test('that is given up takes nothing', async () => {
    await using file = await queueFile();
    const { queue } = file.events;
    const stop = new AbortController();
    const [before, early] = [queue.next('k', ALL, stop.signal), new AbortController()];
    await queue.append('l', [press('b', 1)]);
    stop.abort();
    expect(await before).toBeUndefined();
    const inTheMiddle = queue.next('k', ALL, early.signal);
    early.abort();
    expect(await inTheMiddle).toBeUndefined();
    expect(await queue.next('k', ALL, early.signal)).toBeUndefined();
    await queue.append('k', [press('a', 1)]);
    expect(queue.numbers('k')).toMatchObject({ held: 0 });
    expect(said((await queue.next('k', ALL, FOR_EVER))?.events)).toEqual(['a 1']);
  });

  test('gives as many bytes as are wanted, and one event in any case', async () => {
    await using file = await queueFile();
    const { queue } = file.events;
    await queue.append(
      'k',
      Array.from({ length: 10 }, (_, index) => press('a', index)),
    );
    const { bytes } = queue.numbers('k')!;
    expect(queue.peek('k', { mostItems: 100, mostBytes: bytes })).toHaveLength(10);
    expect(queue.peek('k', { mostItems: 100, mostBytes: bytes - 1 })).toHaveLength(9);
    expect(queue.peek('k', { mostItems: 3, mostBytes: bytes })).toHaveLength(3);
    expect((await queue.next('k', { mostItems: 100, mostBytes: 1 }, FOR_EVER))?.events).toHaveLength(1);
  });

  test('an acknowledgement that comes late does not touch a queue made after', async () => {
    await using file = await queueFile();
    const { queue } = file.events;
    await queue.append('k', [press('a', 1)]);
    const old = await queue.next('k', ALL, FOR_EVER);
    expect(await queue.forget('k')).toBe(1);
    expect(await queue.forget('k')).toBe(0);
    await queue.append('k', [press('a', 2)]);
    await queue.acknowledge('k', old!);
    await queue.acknowledge('nobody', old!);
    expect(said(queue.peek('k', ALL))).toEqual(['a 2']);
  });
});

describe('limits', () => {
  const small = { limitsOf: () => ({ mostBytes: 2_000, lifetimeMs: 60_000 }) };

  test('values with a later one of the same boot go first, and are not dropped', async () => {
    await using file = await queueFile(small);
    const { queue } = file.events;
    for (let value = 1; value <= 30; value++) {
      await queue.append('k', [press('a', value, 5), press('b', value, 5)]);
      if (value === 3) await queue.append('k', [registration('c'), press('a', 99, 4)]);
    }
    const left = said(queue.peek('k', ALL));
    expect(left).toEqual(expect.arrayContaining(['registration c', 'a 99', 'a 30', 'b 30']));
    const { events, superseded, dropped, bytes, last } = queue.numbers('k')!;
    expect({ dropped, superseded, events, last }).toEqual({
      dropped: 0,
      superseded: 62 - left.length,
      events: left.length,
      last: 62,
    });
    expect(bytes).toBeGreaterThan(1_500);
    expect(bytes).toBeLessThanOrEqual(2_000);
  });

  test('the oldest is dropped, and counted, where there is nothing superseded', async () => {
    await using file = await queueFile(small);
    const { queue } = file.events;
    for (let value = 1; value <= 30; value++) await queue.append('k', [press('a', value)]);
    const { events, superseded, dropped } = file.reopen().queue.numbers('k')!;
    expect({ superseded, dropped }).toEqual({ superseded: 0, dropped: 30 - events });
    expect(said(file.events.queue.peek('k', ALL)).at(0)).toBe(`a ${31 - events}`);
    await file.events.queue.append('k', [{ kind: 'de-registration', data: { ep: 'x'.repeat(3_000) } }]);
    expect(file.events.queue.numbers('k')).toMatchObject({ events: 0, bytes: 0, dropped: 31 });
  });

  test('what is held stays as it is, whatever comes in', async () => {
    await using file = await queueFile(small);
    const { queue } = file.events;
    await queue.append('k', [press('a', 1, 5), press('a', 2, 5), press('a', 3, 5)]);
    const held = await queue.next('k', ALL, FOR_EVER);
    for (let value = 4; value <= 60; value++) await queue.append('k', [press('a', value, 5), press('b', value)]);
    await file.world.pass(59_999);
    await queue.append('k', [press('a', 61, 5)]);
    expect(await file.reopen().queue.next('k', ALL, FOR_EVER)).toEqual(held);
    expect(said(file.events.queue.peek('k', ALL)).at(-1)).toBe('a 61');
  });

  test('a batch takes no more than half the limit', async () => {
    await using file = await queueFile(small);
    await file.events.queue.append(
      'k',
      Array.from({ length: 8 }, (_, index) => press('a', index)),
    );
    expect(file.events.queue.peek('k', ALL)).toHaveLength(8);
    expect((await file.events.queue.next('k', ALL, FOR_EVER))?.events.length).toBeLessThan(7);
  });

  test('what is too old expires; what is held, when all of it is', async () => {
    await using file = await queueFile(small);
    const { queue } = file.events;
    await queue.append('k', [press('a', 1)]);
    await file.world.pass(30_000);
    await queue.append('k', [press('a', 2)]);
    const held = await queue.next('k', ALL, FOR_EVER);
    await queue.append('k', [press('a', 3)]);
    await file.world.pass(30_000);
    await queue.append('k', [press('a', 4)]);
    expect(await queue.next('k', ALL, FOR_EVER)).toEqual(held);
    await file.world.pass(30_000);
    expect(said((await queue.next('k', ALL, FOR_EVER))?.events)).toEqual(['a 4']);
    expect(queue.numbers('k')).toMatchObject({ expired: 3, delivered: 0, events: 1 });
  });

  test('what is lost is told of, by the number of it in all, once it is so on disk', async () => {
    const told: object[] = [];
    await using file = await queueFile({ ...small, onLost: (key, lost) => told.push({ key, ...lost }) });
    for (let value = 0; value < 8; value++) await file.events.queue.append('k', [press('a', value)]);
    expect(told).toEqual([]);
    for (let value = 8; value < 40; value++) await file.events.queue.append(['k', 'l'], [press('a', value)]);
    const { dropped } = file.events.queue.numbers('k')!;
    expect(dropped).toBeGreaterThan(20);
    expect(told.findLast((one) => 'key' in one && one.key === 'k')).toEqual({ key: 'k', dropped, expired: 0 });
    await file.world.pass(60_000);
    const { events } = file.events.queue.numbers('k')!;
    await file.events.queue.append('k', [press('a', 40)]);
    expect(told.at(-1)).toEqual({ key: 'k', dropped, expired: events });
    const before = told.length;
    await file.reopen().queue.append('k', [press('a', 41)]);
    expect(told).toHaveLength(before);
  });

  test('time that nobody was running counts, a clock that was set does not', async () => {
    await using file = await queueFile(small);
    await file.events.queue.append('k', [press('a', 1)]);
    file.world.setClock(3_600_000);
    await file.events.queue.append('l', [press('b', 1)]);
    expect(said((await file.events.queue.next('k', ALL, FOR_EVER))?.events)).toEqual(['a 1']);
    await file.world.pass(60_000);
    await file.reopen().queue.append('k', [press('a', 2)]);
    expect(said((await file.events.queue.next('k', ALL, FOR_EVER))?.events)).toEqual(['a 2']);
  });
});

describe('the file', () => {
  test('is private, and of one process', async () => {
    await using file = await queueFile();
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    // Within one process the lock is per connection as well.
    expect(() => openEvents(file)).toThrow(
      expect.objectContaining({ code: 'FILE', message: expect.stringMatching(/in use by another/) }),
    );
  });

  test('of another program, or of a newer one, is left alone', async () => {
    await using file = await queueFile();
    file.events.close();
    const db = new DatabaseSync(file.path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openEvents(file)).toThrow(
      expect.objectContaining({ code: 'STORE_SCHEMA', message: expect.stringMatching(/schema 99/) }),
    );
    const other = new DatabaseSync(file.path);
    other.exec('PRAGMA user_version = 0; PRAGMA application_id = 7');
    other.close();
    expect(() => openEvents(file)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/another program/) }),
    );
    const back = new DatabaseSync(file.path);
    back.exec('PRAGMA user_version = 1; PRAGMA application_id = 0x6d747363');
    back.close();
    file.events = openEvents(file);
  });

  test('that cannot be opened is told of', async () => {
    await using file = await queueFile();
    expect(() => openEvents({ ...file, path: `${file.path}/x` })).toThrow(expect.objectContaining({ code: 'FILE' }));
  });

  test('goes on with ids and times where it was, though the clock was set back', async () => {
    await using file = await queueFile();
    await file.events.queue.append('k', [press('a', 1), press('a', 2)]);
    file.world.setClock(-3_600_000);
    await file.reopen().queue.append('k', [press('a', 3)]);
    const events = file.events.queue.peek('k', ALL);
    expect(uidsOf(events).toSorted()).toEqual(uidsOf(events));
    expect(events.map(({ data }) => 'timestamp' in data && data.timestamp)).toEqual([NOON, NOON, NOON + 1]);
  });

  test('of a queue that was forgotten nothing is left', async () => {
    await using file = await queueFile();
    const many = Array.from({ length: 12_000 }, (_, index) => press('a', index % 1_000));
    await file.events.queue.append(['k', 'l'], many);
    expect(await file.events.queue.forget('l')).toBe(12_000);
    // A queue of the same name is another one.
    await file.events.queue.append('l', [press('b', 1)]);
    await swept(file.events.queue);
    expect(rowsIn(file)).toEqual({ k: 12_000, l: 1 });
    file.events = openEvents(file);
    expect(said(file.events.queue.peek('l', ALL))).toEqual(['b 1']);
  });

  test('what is left of it when it was closed in the middle goes at the next start', async () => {
    await using file = await queueFile();
    const many = Array.from({ length: 12_000 }, (_, index) => press('a', index % 1_000));
    await file.events.queue.append('k', many);
    await file.events.queue.forget('k');
    expect(rowsIn(file)).toEqual({ null: expect.any(Number) });
    file.events = openEvents(file);
    await swept(file.events.queue);
    expect(rowsIn(file)).toEqual({ m: 0 });
  });

  test('keeps what channels remember', async () => {
    await using file = await queueFile();
    const { records } = file.events;
    await Promise.all([
      records.save('webhook', 'k', '1'),
      records.save('webhook', 'l', '2'),
      records.save('poll', 'k', '3'),
    ]);
    await Promise.all([records.save('webhook', 'k', '4'), records.delete('webhook', 'l')]);
    expect(file.reopen().records.load('webhook')).toEqual(new Map([['k', '4']]));
    expect(file.events.records.load('poll')).toEqual(new Map([['k', '3']]));
  });
});

test('appended, taken and acknowledged all at once, every event is given once and in order', async () => {
  await using file = await queueFile();
  const { queue } = file.events;
  const given: string[] = [];
  for (let round = 0; given.length < 40; round++) {
    const next = queue.next('k', { ...ALL, mostItems: 3 }, FOR_EVER);
    if (round < 20) void queue.append('k', [press('a', 2 * round), press('a', 2 * round + 1)]);
    const batch = await next;
    given.push(...said(batch?.events));
    void queue.acknowledge('k', batch!);
  }
  expect(given).toEqual(Array.from({ length: 40 }, (_, index) => `a ${index}`));
});

/** Three transactions for 12,000 rows, one to see that there are no more; each takes its turn with these. */
async function swept(queue: EventQueue): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await queue.touch(queue.keys()[0] ?? 'm');
}

/** Closes the file; rows of each queue in it. */
function rowsIn({ path, events }: QueueFile): Record<string, number> {
  events.close();
  const db = new DatabaseSync(path);
  const rows = db.prepare(
    'SELECT name, (SELECT count(*) FROM event WHERE event.queue = queue.id) AS n FROM queue ORDER BY name',
  );
  const found = Object.fromEntries(rows.all().map(({ name, n }) => [String(name), Number(n)]));
  db.close();
  return found;
}
