/** Firestore is not there: what needs it ends with our own error and the status of something outside, and ends. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openLocalStore } from '../../../cloud/platforms/local/store.ts';
import { body } from '../../conformance/fed-store.ts';
import { type Ended, inFolder, mts, startMts } from '../run-mts.ts';

const GOOGLE = ['--google-project', 'mbed-local'];
const before = { ...process.env };

beforeEach(async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  // No server of Google's is asked for credentials.
  Object.assign(process.env, { FIRESTORE_EMULATOR_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'none' });
});
afterEach(() => {
  process.env = { ...before };
});

function expectDown({ status, out, err }: Ended): void {
  expect(err).toMatch(/^mts: Firestore did not take everything in time: .*ECONNREFUSED/m);
  expect(err).not.toMatch(/\n\s+at /);
  expect({ status, out }).toEqual({ status: 3, out: '' });
}

test('report', async () => {
  expectDown(await mts('report', '--platform', 'google', ...GOOGLE));
});

test('copy', async () => {
  await inFolder(async (dir) => {
    const store = openLocalStore({ dir, create: true, maxAside: 0 });
    await store.apply([body('a', 1)]);
    await store.close();
    expectDown(await mts('copy', '--from', `local:${dir}`, '--to', 'firestore', ...GOOGLE));
  });
});

test('ingest starts, and Ctrl-C ends it while a body is being tried', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  process.env.FIRESTORE_EMULATOR_HOST = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const isTried = once(silent, 'connection');
  const ingest = startMts('ingest', '--platform', 'google', ...GOOGLE, '--port', '0', '--json');
  const [, url] = await ingest.said(/"webhook":"([^"]+)"/);
  const notifications = [{ ep: 'a', path: '/3200/0/5501', ct: 'text/plain', payload: btoa('1') }];
  const answer = fetch(url!, { method: 'PUT', body: JSON.stringify({ notifications }) });
  const notTaken = answer.then(({ status }) => status === 503).catch(() => true);
  await isTried;
  ingest.interrupt();
  const { status, err } = await ingest.ended;
  expect(err).not.toMatch(/\n\s+at /);
  expect(status).toBe(0);
  expect(await notTaken).toBe(true);
  silent.close();
});
