import { expect, test } from '@jest/globals';
import { parseAddress } from '../../../../simulator/links/mqtt/address.ts';
import { BoardLine } from '../../../../simulator/links/mqtt/board-line.ts';
import { Connection } from '../../../../simulator/links/mqtt/connection.ts';
import { socketOpener } from '../../../../simulator/links/mqtt/socket.ts';
import { type Broker, startBroker } from './broker.ts';

async function lineTo(broker: Broker, timeoutMs = 5_000) {
  const open = socketOpener(parseAddress(`mqtt://127.0.0.1:${broker.port}`), {});
  let now = 0;
  const sleeps: number[] = [];
  const connections: Connection[] = [];
  const line = new BoardLine({
    connect: async () => {
      const socket = await open('board');
      const connection = new Connection({ clientId: 'board', topic: 't', qos: 1, timeoutMs, socket });
      connections.push(connection);
      return (await connection.accepted) ?? connection;
    },
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
    onPublish: () => undefined,
  });
  return { line, sleeps, connections, now: () => now };
}

const message = (boot: number) => ({ boot, events: [], payload: new Uint8Array([boot]) });

test('publishes no more than 100 times a second on its connection, copies included', async () => {
  await using broker = await startBroker();
  const { line, connections, now } = await lineTo(broker);
  for (let index = 0; index < 50; index++) await line.send(message(0), { copies: index % 2 === 0 ? 2 : 1, cut: false });
  // 75 publishes; the next might begin after 750 ms.
  expect(now()).toBeCloseTo(740, 5);
  expect(connections).toHaveLength(1);
  await connections[0]!.end();
});

test('keeps its connection through a boot, and begins another with the next', async () => {
  await using broker = await startBroker();
  const { line, connections } = await lineTo(broker);
  const send = (boot: number, cut = false) => line.send(message(boot), { copies: 1, cut });
  expect([...(await send(0)), ...(await send(0))]).toEqual([{ kind: 'acknowledged' }, { kind: 'acknowledged' }]);
  expect(connections).toHaveLength(1);
  expect(await send(1)).toEqual([{ kind: 'acknowledged' }]);
  expect(connections.map(({ open }) => open)).toEqual([false, true]);
  expect(await send(1, true)).toEqual([{ kind: 'cut' }]);
  expect(await send(1)).toEqual([{ kind: 'acknowledged' }]);
  expect(connections.map(({ open }) => open)).toEqual([false, false, true]);
  await connections[2]!.end();
});

test('says why there is no connection, and tries again when it is asked to', async () => {
  const broker = await startBroker();
  const { line } = await lineTo(broker);
  await broker.close();
  const send = () => line.send(message(0), { copies: 2, cut: false });
  expect(await send()).toEqual([{ kind: 'unreachable', reason: 'ECONNREFUSED' }]);
  await using again = await startBroker({ port: broker.port });
  expect(await send()).toEqual([{ kind: 'acknowledged' }, { kind: 'acknowledged' }]);
  expect(again.aedes.connectedClients).toBe(1);
});

test('of a broker that does not answer a message says so, and leaves it', async () => {
  await using broker = await startBroker({ authorizePublish: () => undefined });
  const { line, connections } = await lineTo(broker, 100);
  expect(await line.send(message(0), { copies: 1, cut: false })).toEqual([{ kind: 'timeout' }]);
  expect(connections[0]!.open).toBe(false);
});
