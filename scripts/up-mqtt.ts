/**
 * What is between boards and store in `mts up --via mqtt` on the local platform: a broker and a receiver.
 *
 *   boards ─ PUBLISH mbed/{endpoint}/notifications ─► broker ─► receiver ─► store
 *
 * Without a broker's address there is one in this process, on loopback: without TLS, passwords or anything on disk.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { ingestMetrics } from '../cloud/ingest/metrics.ts';
import { withMqtt } from '../cloud/ingest/mqtt/metrics.ts';
import { openMqttReceiver } from '../cloud/ingest/mqtt/receiver.ts';
import type { Store } from '../cloud/ingest/store.ts';
import { TOPIC_FILTER } from '../cloud/protocol/mqtt/topic.ts';
import type { Io } from './cli.ts';
import { newLog } from './log.ts';
import { ownBroker } from './mqtt-words.ts';
import { given } from './serve.ts';

export interface MqttUp {
  readonly store: Store;
  /** Of a broker that is there already; without it one is started. */
  readonly broker?: string;
}

export interface OpenMqtt {
  /** Where boards publish. */
  readonly url: string;
  /** Resolves when all that boards published is in the store, or nobody waits any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** OutsideError SERVER if the broker cannot be had. */
export async function openMqttUp({ store, broker: url }: MqttUp, io: Io): Promise<OpenMqtt> {
  const own = url === undefined ? await startBroker() : undefined;
  try {
    const broker = await ownBroker(own?.url ?? url!, {});
    const receiver = await openMqttReceiver({
      broker,
      filter: TOPIC_FILTER,
      clientId: `mts-up-${crypto.randomUUID().slice(0, 8)}`,
      endsSession: true,
      store,
      metrics: withMqtt(ingestMetrics()),
      log: newLog('warn', io.err),
      now: io.now,
      sleep: io.sleep,
    });
    return {
      url: broker.text,
      settled: () => Promise.race([receiver.settled(), given(io.abandon)]),
      close: async () => {
        await receiver.close();
        await own?.close();
      },
    };
  } catch (error) {
    await own?.close();
    throw error;
  }
}

async function startBroker(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    url: `mqtt://${HOST}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
