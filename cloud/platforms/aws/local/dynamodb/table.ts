/** The table as the deployed stack has it, made on a server that does not have it yet. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { OutsideError } from '../../../../protocol/errors.ts';

const WAIT_S = 60;

/** The guide's keys; paid by the request. */
export const TABLE = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'Endpoint', AttributeType: 'S' },
    { AttributeName: 'EventHour', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'Endpoint', KeyType: 'HASH' },
    { AttributeName: 'EventHour', KeyType: 'RANGE' },
  ],
} satisfies Partial<CreateTableCommandInput>;

/** Makes the table unless it is there, and waits until it can be written to. OutsideError SERVER if another one has its name. */
export async function createTable(client: DynamoDBClient, name: string): Promise<TableDescription> {
  const there = await describe(client, name);
  if (there === undefined) await create(client, name);
  await waitUntilTableExists({ client, maxWaitTime: WAIT_S, minDelay: 1, maxDelay: 2 }, { TableName: name });
  const table = await describe(client, name);
  if (table === undefined || !isOurs(table)) {
    throw new OutsideError(
      'SERVER',
      `the table ${name} has other keys than Endpoint and EventHour, or no stream of new and old images`,
      'Give another prefix, or an empty folder.',
    );
  }
  return table;
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(client: DynamoDBClient, name: string): Promise<void> {
  const command = new CreateTableCommand({
    TableName: name,
    ...TABLE,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  try {
    await client.send(command);
  } catch (error) {
    // Another process was quicker.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function isOurs({ KeySchema = [], StreamSpecification }: TableDescription): boolean {
  const keys = KeySchema.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);
  return (
    keys.join() === 'HASH Endpoint,RANGE EventHour' && StreamSpecification?.StreamViewType === 'NEW_AND_OLD_IMAGES'
  );
}
