/** The real receiver is registered with a service by the real command: what the one demands, the other must send. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KEY } from '../cloud/connector/client/opened.ts';
import { V2Api } from '../cloud/connector/client/v2-api.ts';
import { startIngest } from './ingest-process.ts';
import { type Ended, inFolder, mts, startMts } from './run-mts.ts';

const SECRET = 'Bearer very-secret';

let api: V2Api;
beforeEach(async () => {
  api = await new V2Api(KEY, 'pelion').listen();
});
afterEach(() => api.close());

interface Files {
  readonly dir: string;
  readonly key: string;
  readonly header: string;
  readonly wrongHeader: string;
}

async function withFiles<T>(work: (files: Files) => Promise<T>): Promise<T> {
  return await inFolder(async (dir) => {
    const [key, header, wrongHeader] = [join(dir, 'api-key'), join(dir, 'header'), join(dir, 'wrong')];
    await writeFile(key, KEY, { mode: 0o600 });
    await writeFile(header, `Authorization: ${SECRET}\n`, { mode: 0o600 });
    await writeFile(wrongHeader, 'Authorization: Bearer another-secret\n', { mode: 0o600 });
    return await work({ dir, key, header, wrongHeader });
  });
}

function isSilentAboutSecrets({ out, err }: Ended): void {
  for (const secret of [KEY, SECRET, 'very-secret', 'another-secret']) expect(out + err).not.toContain(secret);
}

test('register fails with the wrong header, passes with the right one; what the service then sends is counted', () =>
  withFiles(async ({ dir, key, header, wrongHeader }) => {
    const ingest = await startIngest(join(dir, 'data'), 0, '--header-file', header);
    const at = ['--host', api.origin, '--key-file', key];
    const words = ['webhook', 'register', ...at, '--url', ingest.url, '--json', '--subscribe'];
    for (const wrong of [[], ['--header-file', wrongHeader]]) {
      const refused = await mts(...words, ...wrong);
      expect(refused).toMatchObject({ status: 3, out: '', err: expect.stringContaining('401') });
      isSilentAboutSecrets(refused);
      expect(api.callback).toBeUndefined();
    }

    const taken = await mts(...words, '--header-file', header);
    expect(taken.status).toBe(0);
    isSilentAboutSecrets(taken);
    expect(JSON.parse(taken.out)).toMatchObject({ registered: true, url: ingest.url, headers: ['Authorization'] });
    expect(api.rules).toEqual([{ 'resource-path': ['/3200/0/5501'] }]);

    // The service pushes as it was told.
    const { url, headers } = api.callback!;
    const press = {
      ep: 'board-1',
      path: '/3200/0/5501',
      payload: btoa('3'),
      timestamp: Date.UTC(2026, 2, 1),
      uid: 'u',
    };
    const body = JSON.stringify({ registrations: [{ ep: 'board-1' }], notifications: [press] });
    expect((await fetch(url, { method: 'PUT', headers, body })).status).toBe(200);
    const { hours } = JSON.parse((await mts('report', '--data', join(dir, 'data'), '--json')).out);
    expect(hours).toEqual([{ endpoint: 'board-1', hour: '2026-03-01 00:00:00', count: 3 }]);

    const shown = await mts('webhook', 'show', ...at);
    expect(shown).toMatchObject({ status: 0, out: `${ingest.url}\n  Authorization: ***\n` });
    expect((await mts('webhook', 'delete', ...at)).status).toBe(0);
    expect((await mts('webhook', 'show', ...at)).status).toBe(1);
    await ingest.stop();
  }));

test('kept registered until Ctrl-C: registered again when it is gone, also after the receiver was down', () =>
  withFiles(async ({ dir, key, header }) => {
    const ingest = await startIngest(join(dir, 'data'), 0, '--header-file', header);
    const words = ['--host', api.origin, '--key-file', key, '--url', ingest.url, '--header-file', header];
    const kept = startMts('webhook', 'register', ...words, '--ensure', '--every', '100ms');
    await kept.said(/Registered http/);
    api.callback = undefined;
    await kept.said(/again: it was gone/);
    expect(api.callback).toMatchObject({ url: ingest.url, headers: { Authorization: SECRET } });
    await ingest.stop();
    api.callback = undefined;
    await kept.said(/ECONNREFUSED[\s\S]*tried again in 10 s/);
    kept.interrupt();
    const ended = await kept.ended;
    expect(ended.status).toBe(0);
    isSilentAboutSecrets(ended);
  }));

test('Ctrl-C while the service is silent: no success, and what is not known is told', () =>
  withFiles(async ({ key }) => {
    api.scripted.push('silent');
    const asked = new Promise((resolve) => {
      api.onAsked = resolve;
    });
    const run = startMts('webhook', 'delete', '--host', api.origin, '--key-file', key);
    await asked;
    run.interrupt();
    expect(await run.ended).toEqual({
      status: 1,
      out: '',
      err: 'mts: stopped while deleting the webhook: whether it was done is not known\n',
    });
  }));
