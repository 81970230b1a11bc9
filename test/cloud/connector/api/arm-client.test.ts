/** ARM's own Node client of Device Connector, as it is on npm, against this API: what its users' programs do. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type Served, serve } from './served.ts';

type Client = Record<string, (...words: unknown[]) => Promise<never>> & {
  on(event: string, listener: (told: never) => void): void;
  startLongPolling(done: (error: unknown) => void): void;
  stopLongPolling(): void;
  handleNotifications(body: unknown): void;
};

const require = createRequire(import.meta.url);
// It is of 2016: Node.js 23 took this away.
Object.assign(require('node:util'), { isString: (value: unknown) => typeof value === 'string' });
const MbedConnectorApi = require('mbed-connector-api') as new (options: object) => Client;

function clientOf({ host, key }: Pick<Served, 'host' | 'key'>): Client {
  return new MbedConnectorApi({ accessKey: key, host });
}

function polling(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.startLongPolling((error) => (error ? reject(error) : resolve()));
  });
}

describe.each(['mdc', 'pelion'] as const)("ARM's client, where the API is spoken as %s", (dialect) => {
  it('lists boards and resources, and what is Device Connector’s alone', async () => {
    await using served = await serve(dialect, 2);
    const client = clientOf(served);
    expect(await client.getEndpoints!()).toEqual([
      { name: 'board-0', type: 'test', status: 'ACTIVE' },
      { name: 'board-1', type: 'test', status: 'ACTIVE' },
    ]);
    expect(await client.getResources!('board-0')).toContainEqual({
      uri: '/3200/0/5501',
      rt: 'Button',
      obs: true,
      type: '',
    });
    if (dialect === 'mdc') {
      expect(await client.getLimits!()).toMatchObject({ 'endpoint-count': 2 });
      expect(await client.getApiVersions!()).toEqual(['v1', 'v2']);
    } else {
      await expect(client.getLimits!()).rejects.toMatchObject({ status: 404 });
      await expect(client.getApiVersions!()).rejects.toMatchObject({ status: 404 });
    }
    expect(served.problems).toEqual([]);
  });

  it('reads, writes, executes and subscribes by long poll', async () => {
    await using served = await serve(dialect);
    const client = clientOf(served);
    await polling(client);
    try {
      expect(await client.getResourceValue!('board-0', '/3201/0/5853')).toBe('500:500:500:500:500:500:500');
      await client.putResourceValue!('board-0', '/3201/0/5853', '50:50');
      expect(await client.getResourceValue!('board-0', '/3201/0/5853')).toBe('50:50');
      await client.postResource!('board-0', '/3201/0/5850', null);
      const told: { path: string; payload: string }[] = [];
      const three = new Promise<void>((resolve) => {
        client.on('notification', (notification: never) => {
          told.push(notification);
          if (told.length === 3) resolve();
        });
      });
      await client.putResourceSubscription!('board-0', '/3200/0/5501');
      expect(await client.getResourceSubscription!('board-0', '/3200/0/5501')).toBe(true);
      for (let press = 0; press < 2; press++) {
        served.fleet.edge(0);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await three;
      expect(told.map(({ payload }) => payload)).toEqual(['0', '1', '2']);
      expect(await client.deleteResourceSubscription!('board-0', '/3200/0/5501')).toBeUndefined();
    } finally {
      client.stopLongPolling();
    }
    expect(served.problems).toEqual([]);
  });

  it('is called back, with pre-subscriptions, while another key polls', async () => {
    await using served = await serve(dialect);
    const other = clientOf(served);
    await polling(other);
    const { text: key } = served.connector.keys.add({ name: 'called-back' });
    const client = clientOf({ host: served.host, key });
    const presses: string[] = [];
    let onPress = (): void => {};
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        expect(request.headers.authorization).toBe('secret');
        response.end();
        if (body !== '' && body !== '{}') client.handleNotifications(JSON.parse(body));
      });
    });
    await new Promise<void>((resolve) => {
      receiver.listen(0, '127.0.0.1', resolve);
    });
    client.on('notification', ({ payload }: { payload: string }) => {
      presses.push(payload);
      onPress();
    });
    try {
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      await client.putCallback!({ url, headers: { Authorization: 'secret' } });
      expect(await client.getCallback!()).toEqual({ url, headers: { Authorization: 'secret' } });
      const two = new Promise<void>((resolve) => {
        onPress = () => {
          if (presses.length === 1) served.fleet.edge(0);
          if (presses.length === 2) resolve();
        };
      });
      await client.putPreSubscription!([{ 'endpoint-type': 'test', 'resource-path': ['/3200/0/5501'] }]);
      expect(await client.getPreSubscription!()).toEqual([
        { 'endpoint-type': 'test', 'resource-path': ['/3200/0/5501'] },
      ]);
      await two;
      expect(presses).toEqual(['0', '1']);
      expect(await other.getPreSubscription!()).toEqual([]);
      await client.deleteCallback!();
    } finally {
      other.stopLongPolling();
      receiver.close();
    }
    expect(served.problems).toEqual([]);
  });
});
