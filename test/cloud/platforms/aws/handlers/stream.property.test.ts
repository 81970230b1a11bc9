/**
 * Any history of hours, cut into any batches, repeated as Lambda repeats them, under any failures of CloudWatch: the exact
 * metric ends at what the table has. The oracle is the history itself.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bucketShelf } from '../../../../../cloud/ingest/aside/bucket-shelf.ts';
import { Deadline } from '../../../../../cloud/platforms/aws/handlers/deadline.ts';
import { foldChanges } from '../../../../../cloud/platforms/aws/handlers/fold-changes.ts';
import { type StreamHandler, streamHandler } from '../../../../../cloud/platforms/aws/handlers/stream.ts';
import { readRecord } from '../../../../../cloud/platforms/aws/handlers/stream-record.ts';
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { FakeAws, jsonError } from '../http/fake-aws.ts';
import { EIGHTEEN_SECONDS, NOW, recordingLog, recordingTally } from './invoking.ts';
import { record, type StreamRecord } from './stream-records.ts';

let aws: FakeAws;
let handler: StreamHandler;
beforeEach(() => {
  aws = new FakeAws().start();
  aws.now = () => NOW;
  const deadline = new Deadline();
  const shelf = bucketShelf({ bucket: aws.bucket(), maxBytes: 1e6, now: () => NOW });
  handler = streamHandler({
    cloudWatch: {
      ...{ client: aws.cloudWatch({ maxAttempts: 1 }), namespace: 'N', now: () => NOW, deadline: deadline.at },
    },
    ...{ guideMetric: true, records: shelf, data: shelf, now: () => NOW, deadline },
    ...{ log: recordingLog(), tally: recordingTally() },
  });
});
afterEach(() => aws.stop());

const HOURS = [hourOf(NOW - 3_600_000), hourOf(NOW)];

interface History {
  readonly records: readonly StreamRecord[];
  /** The last total of each endpoint's hour that has presses, by both. */
  readonly totals: ReadonlyMap<string, number>;
}

const steps = fc.array(
  fc.record({ endpoint: fc.constantFrom('a', 'b', 'c'), hour: fc.constantFrom(...HOURS), presses: fc.nat(4) }),
  { maxLength: 30 },
);

const histories = steps.map((all): History => {
  const totals = new Map<string, number>();
  const records = all.map(({ endpoint, hour, presses }, index) => {
    const before = totals.get(`${endpoint} ${hour}`);
    const after = (before ?? 0) + presses;
    totals.set(`${endpoint} ${hour}`, after);
    // Gaps, and numbers of different length, as the stream has them.
    return record(index * 7 + 3, endpoint, before, after, hour);
  });
  return { records, totals: new Map([...totals].filter(([, total]) => total > 0)) };
});

/** What befalls a request, or an invocation: used one after the other, then nothing does. */
const fates = fc.array(fc.constantFrom('well', 'refused', 'taken, then refused'), { maxLength: 12 });

/** Hands a shard's records over as Lambda does: batch by batch, from the lowest failure on, some once more. */
async function deliver(records: readonly StreamRecord[], sizes: readonly number[], repeats: readonly boolean[]) {
  let [at, invocation] = [0, 0];
  while (at < records.length) {
    const batch = records.slice(at, at + (sizes[invocation % sizes.length] ?? 1));
    const { batchItemFailures } = await handler({ Records: batch }, EIGHTEEN_SECONDS);
    // A function that is killed before it answers: the batch comes again.
    if (repeats[invocation++] === true) continue;
    const failed = batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === batchItemFailures[0]?.itemIdentifier);
    at += failed === -1 ? batch.length : failed;
  }
}

function befall(all: readonly string[]): void {
  const left = [...all];
  aws.before = (seen) => {
    const fate = left.shift();
    if (fate === undefined || fate === 'well') return undefined;
    if (fate === 'taken, then refused') aws.take(seen);
    return jsonError(500, 'InternalServiceFault');
  };
}

/** By endpoint and hour: the exact metric's Maximum, and the guide's Sum. */
function shown(): { readonly exact: Map<string, number>; readonly sum: Map<string, number> } {
  const [exact, sum] = [new Map<string, number>(), new Map<string, number>()];
  for (const { MetricName, Endpoint, Value, at } of aws.data) {
    const [into, key] =
      Endpoint === undefined ? [sum, `${MetricName} ${hourOf(at)}`] : [exact, `${Endpoint} ${hourOf(at)}`];
    const held = into.get(key) ?? 0;
    into.set(key, Endpoint === undefined ? held + Value : Math.max(held, Value));
  }
  return { exact, sum };
}

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

test('the Maximum of the exact metric is the last total, whatever fails and is repeated', async () => {
  const repeats = fc.array(fc.boolean(), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(histories, sizes, repeats, fates, async ({ records, totals }, cuts, again, all) => {
      aws.data.length = 0;
      befall(all);
      await deliver(records, cuts, again);
      expect(shown().exact).toEqual(totals);
    }),
    { numRuns: 60 },
  );
});

test('the Sum of the guide metric is too, as long as what fails took nothing and nothing is repeated whole', async () => {
  const clean = fates.map((all) => all.filter((fate) => fate !== 'taken, then refused'));
  await fc.assert(
    fc.asyncProperty(histories, sizes, clean, async ({ records, totals }, cuts, all) => {
      aws.data.length = 0;
      befall(all);
      await deliver(records, cuts, []);
      expect(shown()).toEqual({ exact: totals, sum: totals });
    }),
    { numRuns: 60 },
  );
});

test('folding does not mind the order or copies of the records', () => {
  fc.assert(
    fc.property(
      histories.chain(({ records }) =>
        fc.tuple(
          fc.constant(records),
          fc.shuffledSubarray([...records, ...records], { minLength: 2 * records.length }),
        ),
      ),
      ([records, shuffled]) => {
        const fold = (all: readonly StreamRecord[]) =>
          new Map(
            foldChanges(
              all.map(readRecord).flatMap((read) => (read !== undefined && 'before' in read ? read : [])),
            ).map((one) => [`${one.endpoint} ${one.hour}`, one]),
          );
        expect(fold(shuffled)).toEqual(fold(records));
      },
    ),
  );
});

test('whatever the record: a change, nothing, or poison', () => {
  const name = fc.constantFrom(
    ...[
      'eventID',
      'eventName',
      'dynamodb',
      'Keys',
      'NewImage',
      'OldImage',
      'SequenceNumber',
      'Endpoint',
      'EventHour',
      'EventCount',
      'S',
      'N',
    ],
  );
  const leaf = fc.oneof(fc.constantFrom('a', '7', HOURS[0], 'MODIFY', '-0', '1e3', '٣'), fc.jsonValue());
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 6, withCrossShrink: true }, leaf, fc.dictionary(name, tie('tree'))),
  }));
  const valid = record(1, 'a', 1, 2);
  const bent = fc.record({
    ...{ eventID: leaf, eventName: leaf },
    dynamodb: fc.record({
      ...{ Keys: fc.oneof(tree, fc.constant(valid.dynamodb.Keys)), SequenceNumber: fc.oneof(leaf, fc.constant('12')) },
      ...{ NewImage: fc.record({ EventCount: fc.record({ N: leaf }) }), OldImage: tree },
    }),
  });
  fc.assert(
    fc.property(fc.oneof(tree, bent), (any) => {
      const read = readRecord(any);
      if (read === undefined) return;
      if ('reason' in read) expect(read.reason).toMatch(/\w+ \w+/);
      else for (const count of [read.before, read.after]) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
