/** A folder that is named from where somebody stands, like `--data ./presses`: each server of this machine runs in another one. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startDynamoDbLocal } from '../../../cloud/platforms/aws/local/dynamodb/start.ts';
import { createTable } from '../../../cloud/platforms/aws/local/dynamodb/table.ts';
import { startAzurite } from '../../../cloud/platforms/azure/local/azurite.ts';
import { startGraphite } from '../../../cloud/platforms/graphite/local/start.ts';
import { startInflux } from '../../../cloud/platforms/influxdb/local/start.ts';
import { dynamoDbWanted, fetchedDynamoDbLocal, JAVA, LOCAL_CLIENT } from './aws/dynamodb-local.ts';
import { azuriteWanted } from './azure/azurite-here.ts';
import { graphiteWanted } from './graphite/graphite-here.ts';
import { influxWanted } from './influxdb/influx-here.ts';

let dir: string;
let folder: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-relative-'));
  folder = relative(process.cwd(), join(dir, 'data'));
});
afterEach(() => rm(dir, { recursive: true }));

const held = async (): Promise<string[]> => await readdir(join(dir, 'data'));

(influxWanted ? test : test.skip)('InfluxDB', async () => {
  await (await startInflux({ folder })).close();
  expect(await held()).toEqual(expect.arrayContaining(['data', 'meta', 'influxdb.conf']));
});

(graphiteWanted ? test : test.skip)('Graphite', async () => {
  await (await startGraphite({ folder, prefix: 'mbed' })).close();
  expect(await held()).toEqual(['conf', 'log', 'storage']);
});

(azuriteWanted ? test : test.skip)('Azurite', async () => {
  await (await startAzurite({ folder })).close();
  expect(await held()).toContain('__azurite_db_table__.json');
});

(dynamoDbWanted ? test : test.skip)('DynamoDB Local', async () => {
  await mkdir(folder);
  const server = await startDynamoDbLocal({ home: await fetchedDynamoDbLocal(), java: JAVA, dir: folder });
  const client = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: server.endpoint });
  await createTable(client, 'presses');
  client.destroy();
  await server.close();
  expect(await held()).toEqual(expect.arrayContaining([expect.stringContaining('.db')]));
});
