/** The event source mapping on the stream of DynamoDB Local. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTable } from '../../../../../cloud/platforms/aws/local/dynamodb/table.ts';
import { openCheckpoint } from '../../../../../cloud/platforms/aws/local/event-source/checkpoint.ts';
import {
  type Mapping,
  type MappingOptions,
  startMapping,
} from '../../../../../cloud/platforms/aws/local/event-source/mapping.ts';
import { listKey } from '../../../../../cloud/platforms/aws/store/keys.ts';
import { STREAM_FILTER } from '../../../../../cloud/platforms/aws/stream-mapping.ts';
import { dynamoDbLocal, dynamoDbWanted, LOCAL_CLIENT } from '../dynamodb-local.ts';

const HOUR = '2026-03-01 12:00:00';
let dir: string;
let db: DynamoDBClient;
let streams: DynamoDBStreamsClient;
const mappings: Mapping[] = [];
let tables = 0;

(dynamoDbWanted ? describe : describe.skip)('the event source mapping', () => {
  beforeAll(async () => {
    const { endpoint } = await dynamoDbLocal();
    db = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint });
    streams = new DynamoDBStreamsClient({ ...LOCAL_CLIENT, endpoint });
    dir = await mkdtemp(join(tmpdir(), 'mts-mapping-'));
  });
  afterEach(() => Promise.all(mappings.splice(0).map((mapping) => mapping.close())));
  afterAll(async () => {
    db.destroy();
    streams.destroy();
    await rm(dir, { recursive: true });
  });

  test('hands over what was written before and while it runs, in order, without what the filter drops', async () => {
    const table = await newTable();
    await put(table.name, 'a', 1);
    const { records, mapping } = start(table.arn);
    await put(table.name, 'a', 2);
    // An endpoint in the list of all, as the store puts it there.
    const Item = { ...listKey('a'), First: { S: HOUR } };
    await db.send(new PutItemCommand({ TableName: table.name, Item }));
    await db.send(
      new DeleteItemCommand({ TableName: table.name, Key: { Endpoint: { S: 'a' }, EventHour: { S: HOUR } } }),
    );
    await put(table.name, 'a', 3);
    await mapping.drained();
    expect(records.map(countOf)).toEqual(['a 1', 'a 2', 'a 3']);
    expect(records[1]).toMatchObject({
      ...{ eventName: 'MODIFY', eventSource: 'aws:dynamodb', eventSourceARN: table.arn },
      dynamodb: {
        OldImage: { EventCount: { N: '1' } },
        NewImage: { EventCount: { N: '2' } },
        ApproximateCreationDateTime: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });

  test('drained waits for the function, and for what it failed at', async () => {
    const table = await newTable();
    let failures = 3;
    const { records, mapping } = start(table.arn, {
      answer: async () => {
        await sleep(20);
        failures -= 1;
        return failures >= 0 ? 'error' : undefined;
      },
    });
    for (let count = 1; count <= 4; count += 1) await put(table.name, 'a', count);
    await mapping.drained();
    expect(failures).toBeLessThan(0);
    expect([...new Set(records.map(countOf))].sort()).toEqual(['a 1', 'a 2', 'a 3', 'a 4']);
    expect(records.map(countOf).at(-1)).toBe('a 4');
  });

  test('a batch holds as many as it may, and does not wait for its window when somebody waits', async () => {
    const table = await newTable();
    for (let count = 1; count <= 5; count += 1) await put(table.name, 'a', count);
    const { batches, mapping } = start(table.arn, { batchSize: 2, windowMs: 3_600_000 });
    await mapping.drained();
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1]);
  });

  test('a record that is never taken goes to the failure queue, and the rest goes on', async () => {
    const table = await newTable();
    const told: string[] = [];
    let refusals = 1;
    const { records, mapping } = start(table.arn, {
      retryAttempts: 1,
      answer: async (batch) => (batch.some((record) => countOf(record) === 'a 2') ? 'error' : undefined),
      onFailure: async (message) => {
        if (refusals-- > 0) throw new Error('the queue is down');
        told.push(message);
      },
    });
    for (let count = 1; count <= 3; count += 1) await put(table.name, 'a', count);
    await mapping.drained();
    expect(records.map(countOf).at(-1)).toBe('a 3');
    expect(told.map((message) => JSON.parse(message))).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2, functionArn: 'arn:target' },
        DDBStreamBatchInfo: { batchSize: 1, streamArn: table.arn },
      },
    ]);
  });

  test('goes on from its file, and hands over again what was not done when it was closed', async () => {
    const table = await newTable();
    const checkpointFile = join(dir, 'stream.json');
    await put(table.name, 'a', 1);
    const first = start(table.arn, { checkpointFile });
    await first.mapping.drained();
    await first.mapping.close();
    await put(table.name, 'a', 2);
    let asked: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let release: () => void = () => undefined;
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    const second = start(table.arn, {
      checkpointFile,
      answer: () => {
        asked();
        return held;
      },
    });
    await reached;
    const closed = second.mapping.close();
    release();
    await closed;
    await expect(second.mapping.drained()).rejects.toThrow('closed');
    const third = start(table.arn, { checkpointFile });
    await put(table.name, 'a', 3);
    await third.mapping.drained();
    expect([first, second, third].map(({ records }) => records.map(countOf))).toEqual([
      ['a 1'],
      ['a 2'],
      ['a 2', 'a 3'],
    ]);
    // The stream of a table that was made anew is another one.
    expect(
      openCheckpoint('arn:other', checkpointFile).of(
        Object.keys(JSON.parse(await readFile(checkpointFile, 'utf8')).shards)[0]!,
      ),
    ).toBe(undefined);
  });

  test('a file that is no checkpoint is said', async () => {
    const checkpointFile = join(dir, 'damaged.json');
    for (const text of ['', '{}', '{"streamArn":"a","shards":{"s":"x"}}', '[1']) {
      await writeFile(checkpointFile, text);
      expect(() => openCheckpoint('a', checkpointFile)).toThrow(expect.objectContaining({ code: 'FILE' }));
    }
  });
});

interface Started extends Partial<MappingOptions> {
  readonly answer?: (batch: readonly object[]) => Promise<'error' | undefined>;
}

function start(streamArn: string, { answer = async () => undefined, ...options }: Started = {}) {
  const [records, batches]: [object[], object[][]] = [[], []];
  const mapping = startMapping({
    ...{
      client: streams,
      streamArn,
      filter: STREAM_FILTER,
      batchSize: 1_000,
      windowMs: 0,
      bisect: true,
      retryAttempts: 10,
    },
    ...{ maxRecordAgeMs: 3_600_000, pollMs: 10, onFailure: async () => undefined, log: () => undefined, now: Date.now },
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    newId: () => 'id',
    target: {
      arn: 'arn:target',
      invoke: async (event) => {
        const batch = (event as { Records: object[] }).Records;
        records.push(...batch);
        batches.push(batch);
        const failed = (await answer(batch)) === 'error';
        return { requestId: '1', failed, payload: failed ? '{}' : 'null' };
      },
    },
    ...options,
  });
  mappings.push(mapping);
  return { mapping, records, batches };
}

async function newTable() {
  tables += 1;
  const { TableName, LatestStreamArn } = await createTable(db, `presses-${tables}`);
  return { name: TableName!, arn: LatestStreamArn! };
}

async function put(TableName: string, endpoint: string, count: number): Promise<void> {
  const Item = { Endpoint: { S: endpoint }, EventHour: { S: HOUR }, EventCount: { N: String(count) } };
  await db.send(new PutItemCommand({ TableName, Item }));
}

function countOf(record: object): string {
  const { dynamodb } = record as { dynamodb: { NewImage: { Endpoint: { S: string }; EventCount: { N: string } } } };
  return `${dynamodb.NewImage.Endpoint.S} ${dynamodb.NewImage.EventCount.N}`;
}
