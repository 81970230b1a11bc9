/** Azure on this machine: a press through webhook function, table, sweep and monitor, and again after a restart. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';
import { HOUR_MS, hourOf } from '../../../cloud/protocol/hour.ts';
import { type AzureHere, startAzureHere } from '../../../scripts/azure/here.ts';
import { azuriteWanted } from '../../cloud/platforms/azure/azurite-here.ts';
import { counter } from '../../cloud/platforms/azure/handlers/invoking.ts';
import { collect } from '../../conformance/store.ts';

/** Half past the present hour: the hour does not end in the middle of the test. */
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS / 2;
const HOUR = hourOf(NOW);

let folder: string;
let said: string[];
let here: AzureHere | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mts-azure-'));
  [said, here] = [[], undefined];
});
afterEach(async () => {
  await here?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(stop = new AbortController().signal): Promise<AzureHere> {
  const io = { now: () => NOW, err: (text: string) => said.push(text), sleep: async () => {}, stop };
  here = await startAzureHere({ folder: join(folder, 'data'), io });
  return here;
}

async function put({ webhook }: AzureHere, presses: string, headers = webhook.headers): Promise<number> {
  const body = JSON.stringify({ registrations: [{ ep: 'board' }], notifications: [counter('board', presses)] });
  return (await fetch(webhook.url, { method: 'PUT', headers, body })).status;
}

function shown({ sink }: AzureHere): Promise<HourlyCount[]> {
  const query = { endpoints: ['board'], from: new Date(NOW - HOUR_MS), to: new Date(NOW + HOUR_MS) };
  return collect(sink.readBack(query));
}

(azuriteWanted ? describe : describe.skip)('Azure here', () => {
  test('a press goes from the webhook to the graph, and both are kept', async () => {
    const first = await start();
    expect(await put(first, '3', {})).toBe(401);
    expect(await put(first, '3')).toBe(200);
    expect(await collect(first.store.hourly({ from: new Date(NOW), to: new Date(NOW + 1) }))).toEqual([
      { endpoint: 'board', hour: HOUR, count: 3 },
    ]);
    expect(await shown(first)).toEqual([]);
    expect(await first.sweep()).toBe(true);
    expect(await shown(first)).toEqual([{ endpoint: 'board', hour: HOUR, count: 3 }]);
    expect((await stat(join(folder, 'data'))).mode & 0o077).toBe(0);
    await first.close();

    const second = await start();
    expect(await shown(second)).toEqual([{ endpoint: 'board', hour: HOUR, count: 3 }]);
    expect(await put(second, '5')).toBe(200);
    expect(await second.sweep()).toBe(true);
    expect(await shown(second)).toEqual([{ endpoint: 'board', hour: HOUR, count: 5 }]);
    expect(second.lines.map(([label]) => label)).toEqual(['Functions', 'Azurite', 'Azure Monitor']);
    expect(said).toEqual([]);
  });

  test('what is not understood is set aside in a blob, and said', async () => {
    const { webhook, store } = await start();
    const { headers } = webhook;
    const answer = await fetch(webhook.url, { method: 'PUT', headers, body: 'presses: 3' });
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    expect((await collect(store.aside())).map(({ body }) => Buffer.from(body).toString())).toEqual(['presses: 3']);
    expect(said.join()).toContain('set aside');
  });

  test('stopped while it starts, it leaves nothing behind', async () => {
    const stop = new AbortController();
    const starting = start(stop.signal);
    stop.abort();
    await expect(starting).rejects.toThrow();
  });
});
