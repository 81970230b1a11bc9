/** How a batch of stream records is worked off: every record done or told of, in order, whatever the function says. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BatchSettings,
  type Discarded,
  workOff,
} from '../../../../../cloud/platforms/aws/local/event-source/batch.ts';
import { streamFailureMessage } from '../../../../../cloud/platforms/aws/local/event-source/failure-message.ts';
import { filterBy } from '../../../../../cloud/platforms/aws/local/event-source/filter.ts';
import type { StreamRecord } from '../../../../../cloud/platforms/aws/local/event-source/record.ts';
import { batchLength } from '../../../../../cloud/platforms/aws/local/event-source/shard-reader.ts';
import { readable } from '../../../../../cloud/platforms/aws/local/event-source/shards.ts';
import type { Invoked } from '../../../../../cloud/platforms/aws/local/functions/invocation.ts';
import { STREAM_FILTER } from '../../../../../cloud/platforms/aws/stream-mapping.ts';

const NOW = Date.UTC(2026, 2, 1, 12);

test('a batch that succeeds is handed over once', async () => {
  const { handed, done } = await run(3, () => undefined);
  expect([handed, done]).toEqual([[[1, 2, 3]], [3]]);
});

test('from the lowest failure on it is handed over again, and what is before is done', async () => {
  let first = true;
  const { handed, done, discarded } = await run(5, () => {
    const failures = first ? [4, 3] : [];
    first = false;
    return failures;
  });
  expect(handed).toEqual([
    [1, 2, 3, 4, 5],
    [3, 4, 5],
  ]);
  expect([done, discarded]).toEqual([[2, 5], []]);
});

test('an error halves the batch until the poisoned record is alone, is tried again, and given up', async () => {
  const { handed, done, discarded } = await run(4, (records) => (records.includes(3) ? 'error' : undefined), {
    retryAttempts: 2,
  });
  expect(handed).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [3], [4]]);
  expect(done).toEqual([2, 3, 4]);
  expect(discarded).toMatchObject([
    { condition: 'RetryAttemptsExhausted', invocations: 3, records: [{ sequenceNumber: '3' }] },
  ]);
});

test('without bisect the whole batch is tried again', async () => {
  const { handed, discarded } = await run(2, () => 'error', { bisect: false, retryAttempts: 1 });
  expect(handed).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(discarded).toMatchObject([{ records: [{ sequenceNumber: '1' }, { sequenceNumber: '2' }] }]);
});

test('records too old are told of and not handed over', async () => {
  const { handed, done, discarded } = await run(3, () => undefined, { maxRecordAgeMs: 2_500 });
  expect([handed, done]).toEqual([[[2, 3]], [1, 3]]);
  expect(discarded).toMatchObject([
    { condition: 'RecordAgeExceeded', invocations: 0, records: [{ sequenceNumber: '1' }] },
  ]);
});

test('a failure that names no record is the whole batch', async () => {
  for (const identifier of [null, '', '77', undefined]) {
    let first = true;
    const handed: number[][] = [];
    await workOff(records(2), SETTINGS, {
      ...WORLD,
      invoke: async (event) => {
        handed.push(numbersOf(event));
        const failures = first ? [{ itemIdentifier: identifier }] : [];
        first = false;
        return answer({ batchItemFailures: failures });
      },
    });
    expect([identifier, handed]).toEqual([identifier, [[1, 2], [1], [2]]]);
  }
});

test('whatever fails how often, every record is done in order, and handed over or told of', async () => {
  const verdict = fc.oneof(
    fc.constant('error' as const),
    fc.constant(undefined),
    fc.array(fc.integer({ min: 1, max: 12 })),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(verdict, { maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      async (verdicts, bisect, retryAttempts) => {
        const left = [...verdicts];
        const { handed, done, discarded, succeeded } = await run(12, () => left.shift(), { bisect, retryAttempts });
        expect(done.at(-1)).toBe(12);
        expect(done).toEqual([...done].sort((a, b) => a - b));
        expect(handed.every((batch) => batch.every((one, at) => at === 0 || one === batch[at - 1]! + 1))).toBe(true);
        const told = discarded.flatMap((one) => one.records.map(({ sequenceNumber }) => Number(sequenceNumber)));
        expect(new Set([...succeeded, ...told]).size).toBe(12);
      },
    ),
  );
});

test('what is given up is told in the form of Lambda', () => {
  const last = { requestId: '1', failed: true, payload: '{}' };
  const discarded: Discarded = { records: records(2), condition: 'RetryAttemptsExhausted', invocations: 3, last };
  const origin = { functionArn: 'arn:f', streamArn: 'arn:s', shardId: 'shard-1', requestId: 'id', at: NOW };
  expect(JSON.parse(streamFailureMessage(discarded, origin))).toEqual({
    requestContext: {
      requestId: 'id',
      functionArn: 'arn:f',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-03-01T12:00:00.000Z',
    DDBStreamBatchInfo: {
      ...{ shardId: 'shard-1', startSequenceNumber: '1', endSequenceNumber: '2', batchSize: 2, streamArn: 'arn:s' },
      approximateArrivalOfFirstRecord: '2026-03-01T11:59:58Z',
      approximateArrivalOfLastRecord: '2026-03-01T11:59:59Z',
    },
  });
});

test('the filter of the stack lets through items that have a count, and nothing else', () => {
  const fits = filterBy(STREAM_FILTER);
  const record = (image: object) => ({ eventName: 'MODIFY', dynamodb: { Keys: {}, NewImage: image } });
  expect(fits(record({ EventCount: { N: '3' }, EventState: { S: '{}' } }))).toBe(true);
  expect(fits(record({ EventState: { S: '{}' } }))).toBe(false);
  expect(fits(record({ First: { S: '2026-03-01 12:00:00' } }))).toBe(false);
  expect(fits({ eventName: 'REMOVE', dynamodb: { Keys: {}, OldImage: { EventCount: { N: '3' } } } })).toBe(false);
  expect(fits(null)).toBe(false);
});

test.each([
  [
    { a: ['x', 1, null, true] },
    [{ a: 'x' }, { a: 1 }, { a: null }, { a: true }],
    [{ a: 'y' }, { a: '1' }, {}, { a: false }],
  ],
  [{ a: [{ prefix: 'ab' }] }, [{ a: 'abc' }], [{ a: 'ba' }, { a: 1 }, {}]],
  [{ a: [{ suffix: 'c' }] }, [{ a: 'abc' }], [{ a: 'cb' }]],
  [{ a: [{ 'equals-ignore-case': 'X' }] }, [{ a: 'x' }], [{ a: 'xx' }]],
  [{ a: [{ exists: true }] }, [{ a: 0 }, { a: null }], [{}, { a: {} }]],
  [{ a: [{ exists: false }] }, [{}], [{ a: 1 }]],
  [{ a: [{ 'anything-but': ['x', 'y'] }] }, [{ a: 'z' }, { a: 1 }], [{ a: 'x' }, {}]],
  [{ a: [{ 'anything-but': { suffix: ['x', 'y'] } }] }, [{ a: 'xz' }], [{ a: 'zx' }, { a: 'y' }, {}]],
  [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, [{ a: 1 }, { a: 5 }], [{ a: 0 }, { a: 6 }, { a: '1' }]],
  [{ a: ['x'], b: { c: [1] } }, [{ a: 'x', b: { c: 1 } }], [{ a: 'x' }, { b: { c: 1 } }]],
] as const)('the filter %j', (pattern, fitting, others) => {
  const fits = filterBy(pattern);
  expect(fitting.map(fits)).toEqual(fitting.map(() => true));
  expect(others.map(fits)).toEqual(others.map(() => false));
});

test('a pattern is a filter or refused, whatever it is; a record never breaks it', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (pattern, record) => {
      try {
        filterBy(pattern)(record);
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE' });
      }
    }),
  );
  for (const pattern of [
    { a: [] },
    { a: [{ wildcard: '*' }] },
    { a: [{ prefix: 1 }] },
    {},
    'x',
    { a: [{ numeric: ['>'] }] },
  ]) {
    expect(() => filterBy(pattern)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  }
});

test('a shard is read when its parent is done or gone', () => {
  const shards = [
    { id: 'a', parent: 'gone' },
    { id: 'b', parent: 'a' },
    { id: 'c', parent: 'b' },
    { id: 'd', parent: undefined },
  ];
  const ids = (done: string[]) => readable(shards, (id) => done.includes(id)).map(({ id }) => id);
  expect([ids([]), ids(['a']), ids(['a', 'b', 'd'])]).toEqual([['a', 'd'], ['b', 'd'], ['c']]);
});

test('a batch ends where Lambda could carry no more', () => {
  const sized = (...bytes: number[]) => bytes.map((one) => ({ bytes: one }));
  expect(batchLength(sized(1, 1, 1), 2)).toBe(2);
  expect(batchLength(sized(3e6, 3e6, 3e6), 1_000)).toBe(2);
  expect(batchLength(sized(7e6, 1), 1_000)).toBe(1);
});

const SETTINGS: BatchSettings = { bisect: true, retryAttempts: 5, maxRecordAgeMs: 3_600_000 };
const WORLD = {
  done: () => undefined,
  discard: async () => undefined,
  pause: async () => undefined,
  now: () => NOW,
};

/** Works off records 1 to `count`; the verdict says which fail, or that the function does. */
async function run(
  count: number,
  verdict: (records: number[]) => readonly number[] | 'error' | undefined,
  settings: Partial<BatchSettings> = {},
) {
  const [handed, done, discarded, succeeded]: [number[][], number[], Discarded[], number[]] = [[], [], [], []];
  await workOff(
    records(count),
    { ...SETTINGS, ...settings },
    {
      ...WORLD,
      invoke: async (event) => {
        const numbers = numbersOf(event);
        handed.push(numbers);
        const said = verdict(numbers);
        if (said === 'error') return { requestId: '1', failed: true, payload: '{"errorType":"Error"}' };
        const failed = said?.filter((one) => numbers.includes(one)) ?? [];
        succeeded.push(...numbers.filter((one) => one < Math.min(...failed, Number.POSITIVE_INFINITY)));
        return answer(
          said === undefined
            ? undefined
            : { batchItemFailures: failed.map((one) => ({ itemIdentifier: String(one) })) },
        );
      },
      done: (sequenceNumber) => done.push(Number(sequenceNumber)),
      discard: async (one) => {
        discarded.push(one);
      },
    },
  );
  return { handed, done, discarded, succeeded };
}

/** The nth is `count - n` seconds older than a second ago. */
function records(count: number): StreamRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    sequenceNumber: String(at + 1),
    createdAt: NOW - (count - at) * 1_000,
    event: { dynamodb: { SequenceNumber: String(at + 1) } },
    bytes: 50,
  }));
}

function numbersOf(event: object): number[] {
  const { Records } = event as { Records: { dynamodb: { SequenceNumber: string } }[] };
  return Records.map(({ dynamodb }) => Number(dynamodb.SequenceNumber));
}

function answer(result: object | undefined): Invoked {
  return { requestId: '1', failed: false, payload: JSON.stringify(result ?? null) };
}
