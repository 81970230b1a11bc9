/** DynamoDB Local: fetched, run, ended; the table as the stack has it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startDynamoDbLocal } from '../../../../../cloud/platforms/aws/local/dynamodb/start.ts';
import { createTable } from '../../../../../cloud/platforms/aws/local/dynamodb/table.ts';
import { dynamoDbLocal, dynamoDbWanted, fetchedDynamoDbLocal, LOCAL_CLIENT } from '../dynamodb-local.ts';

const clients: DynamoDBClient[] = [];

afterAll(() => {
  for (const client of clients) client.destroy();
});

(dynamoDbWanted ? describe : describe.skip)('DynamoDB Local', () => {
  test('has the table, made twice at once, with keys and stream', async () => {
    const client = await connected();
    const [table] = await Promise.all([createTable(client, 'presses'), createTable(client, 'presses')]);
    expect(table.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
    expect(table.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    const Key = { Endpoint: { S: 'node-001' }, EventHour: { S: '2026-03-01 12:00:00' } };
    await client.send(new PutItemCommand({ TableName: 'presses', Item: { ...Key, EventCount: { N: '3' } } }));
    const { Item } = await client.send(new GetItemCommand({ TableName: 'presses', Key }));
    expect(Item?.EventCount).toEqual({ N: '3' });
  });

  test('keeps tables in its folder from one run to the next', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mts-dynamodb-'));
    const home = await fetchedDynamoDbLocal();
    try {
      const first = await startDynamoDbLocal({ home, java: 'java', dir });
      await createTable(clientOf(first.endpoint), 'presses');
      await first.close();
      const second = await startDynamoDbLocal({ home, java: 'java', dir });
      const { TableNames } = await clientOf(second.endpoint).send(new ListTablesCommand());
      await second.close();
      expect(TableNames).toEqual(['presses']);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('a taken port is said', async () => {
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const started = startDynamoDbLocal({ home: await fetchedDynamoDbLocal(), java: 'java', port });
    await expect(started).rejects.toMatchObject({ code: 'PORT', message: expect.stringMatching(/another program/) });
    other.close();
  });

  test('a folder without the jar is said, with what Java said', async () => {
    const started = startDynamoDbLocal({ home: tmpdir(), java: 'java' });
    await expect(started).rejects.toMatchObject({
      code: 'SERVER',
      message: expect.stringMatching(/DynamoDBLocal\.jar/),
    });
  });

  test('ends with a process that is killed', async () => {
    const start = fileURLToPath(new URL('../../../../../cloud/platforms/aws/local/dynamodb/start.ts', import.meta.url));
    const script = `
      const { startDynamoDbLocal } = await import(${JSON.stringify(start)});
      console.log((await startDynamoDbLocal({ home: ${JSON.stringify(await fetchedDynamoDbLocal())}, java: 'java' })).endpoint);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const endpoint = String(line).trim();
    expect((await fetch(endpoint)).status).toBe(400);
    child.kill('SIGKILL');
    await refusesConnections(endpoint);
  });
});

/** Resolves when nothing listens there any more: jest's own limit bounds it. */
async function refusesConnections(endpoint: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(endpoint, { headers: { connection: 'close' } })).arrayBuffer();
    } catch {
      return;
    }
  }
}

function clientOf(endpoint: string): DynamoDBClient {
  const client = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint });
  clients.push(client);
  return client;
}

async function connected(): Promise<DynamoDBClient> {
  return clientOf((await dynamoDbLocal()).endpoint);
}
