/** Where the table is, as words say it, and what is told when it is not there. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openAzureStore } from '../../../scripts/azure/store.ts';
import { azureFrom } from '../../../scripts/azure/words.ts';
import { azuriteHere, azuriteWanted } from '../../cloud/platforms/azure/azurite-here.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-azure-'));
});
afterEach(() => rm(dir, { recursive: true }));

const CONNECTION = 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net';

test('an account by name, or a connection string from the environment or a private file', async () => {
  expect(await azureFrom({ azureAccount: 'presses01' }, { AZURE_STORAGE_CONNECTION_STRING: CONNECTION })).toEqual({
    ...{ storage: { account: 'presses01' }, table: 'mbedpresses', container: 'mbed-aside' },
    monitor: { resource: undefined, region: undefined },
  });
  expect((await azureFrom({}, { AZURE_STORAGE_CONNECTION_STRING: CONNECTION })).storage).toEqual({
    connectionString: CONNECTION,
  });
  const azureConnectionFile = join(dir, 'connection');
  await writeFile(azureConnectionFile, `${CONNECTION}\n`);
  await expect(azureFrom({ azureConnectionFile }, {})).rejects.toMatchObject({ code: 'USAGE' });
  await chmod(azureConnectionFile, 0o600);
  expect((await azureFrom({ azureConnectionFile }, {})).storage).toEqual({ connectionString: CONNECTION });
});

test.each([
  ['an account with capitals', { azureAccount: 'Presses' }],
  ['a table with a minus', { azureTable: 'a-b' }],
  ['a container with two minus', { azureContainer: 'a--b' }],
  ['a resource that is a name', { azureResource: 'presses' }],
  ['a region with a blank', { azureRegion: 'West Europe' }],
  ['both of account and connection', { azureAccount: 'presses', azureConnectionFile: 'x' }],
])('%s is refused', async (_what, words) => {
  await expect(azureFrom(words, {})).rejects.toMatchObject({ code: 'USAGE' });
});

test('what is no connection string is refused without being told', async () => {
  const wrong = azureFrom({}, { AZURE_STORAGE_CONNECTION_STRING: 'c2VjcmV0' });
  await expect(wrong).rejects.toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('c2VjcmV0') });
});

test('without words nothing says where', async () => {
  const plan = await azureFrom({}, {});
  await expect(openAzureStore(plan, { now: Date.now, create: false })).rejects.toMatchObject({ code: 'USAGE' });
});

(azuriteWanted ? describe : describe.skip)('on Azurite', () => {
  test('a table that is not there is told, and made when that is asked for, with container and queue', async () => {
    const { connectionString } = await azuriteHere();
    const plan = await azureFrom({ azureTable: 'fresh' }, { AZURE_STORAGE_CONNECTION_STRING: connectionString });
    const missing = openAzureStore(plan, { now: Date.now, create: false });
    await expect(missing).rejects.toMatchObject({ code: 'SERVER', message: expect.stringContaining('not there') });
    for (let times = 0; times < 2; times += 1) {
      const store = await openAzureStore(plan, { now: Date.now, create: true });
      expect(await store.totals()).toMatchObject({ endpoints: 0, presses: 0, setAside: 0 });
      await store.close();
    }
    const again = await openAzureStore(plan, { now: Date.now, create: false });
    await again.setAside([{ key: 'k', receivedAt: 1, reason: 'x', body: new Uint8Array(3) }]);
    expect(await again.asideUsage()).toEqual({ setAside: 1, setAsideBytes: 3 });
    await again.close();
  });

  test('a server that is down, or a key that is wrong, is told with what to do', async () => {
    const { connectionString } = await azuriteHere();
    const at = (text: string) => azureFrom({}, { AZURE_STORAGE_CONNECTION_STRING: text });
    const open = async (text: string) => openAzureStore(await at(text), { now: Date.now, create: true });
    await expect(
      open(connectionString.replace(/TableEndpoint=.*/, 'TableEndpoint=http://127.0.0.1:9/mts')),
    ).rejects.toMatchObject({ code: 'SERVER' });
    const wrong = connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${Buffer.alloc(64).toString('base64')}`);
    await expect(open(wrong)).rejects.toMatchObject({ code: 'SERVER', fix: expect.stringContaining('az login') });
  });
});
