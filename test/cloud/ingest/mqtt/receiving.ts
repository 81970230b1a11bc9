/** A receiver on a real broker and the real local store, which can be made to fail; what it logs is kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import { ingestMetrics } from '../../../../cloud/ingest/metrics.ts';
import { withMqtt } from '../../../../cloud/ingest/mqtt/metrics.ts';
import { type MqttReceiver, openMqttReceiver } from '../../../../cloud/ingest/mqtt/receiver.ts';
import type { Store } from '../../../../cloud/ingest/store.ts';
import { type LocalStore, openLocalStore } from '../../../../cloud/platforms/local/store.ts';

export interface Receiving extends AsyncDisposable {
  readonly store: LocalStore;
  readonly log: { level: number; msg: string; [key: string]: unknown }[];
  /** What the store does in place of taking, as long as it is set. */
  failure: Error | undefined;
  /** Bodies that the store was asked to take, and took. */
  readonly calls: { asked: number; taken: number };
  /** Sockets that it opened. */
  readonly sockets: Socket[];
  receiver: MqttReceiver;
  metrics(): Promise<string>;
  presses(): Promise<number>;
  /** Ended in good order, and begun again. */
  restart(): Promise<void>;
  said(pattern: RegExp): Promise<void>;
}

export interface ReceivingOptions {
  readonly port: number;
  readonly filter?: string;
  readonly maxAside?: number;
  /** Called before the store takes anything. */
  readonly before?: () => Promise<void>;
}

export const RETRY = { firstMs: 20, longestMs: 100 };

export async function receiving({ port, filter = 'mbed/+/notifications', maxAside = 1e9, before }: ReceivingOptions) {
  const dir = await mkdtemp(join(tmpdir(), 'mts-mqtt-'));
  const store = openLocalStore({ dir, create: true, maxAside });
  const metrics = withMqtt(ingestMetrics());
  const log: Receiving['log'] = [];
  const sockets: Socket[] = [];
  const made: Omit<Receiving, 'receiver'> & { receiver?: MqttReceiver } = {
    store,
    log,
    failure: undefined,
    calls: { asked: 0, taken: 0 },
    sockets,
    metrics: () => metrics.text(),
    presses: async () => (await store.totals()).presses,
    async restart() {
      await made.receiver?.close();
      made.receiver = await open();
    },
    said: (pattern) => until(() => log.some(({ msg }) => pattern.test(msg))),
    async [Symbol.asyncDispose]() {
      await made.receiver?.close();
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
  const faulty: Pick<Store, 'apply' | 'setAside'> = {
    async apply(batch) {
      made.calls.asked += 1;
      await before?.();
      if (made.failure !== undefined) throw made.failure;
      const applied = await store.apply(batch);
      made.calls.taken += 1;
      return applied;
    },
    setAside: (items) => store.setAside(items),
  };
  const open = () =>
    openMqttReceiver({
      broker: {
        text: `mqtt://127.0.0.1:${port}`,
        socket: () => {
          const socket = connect({ host: '127.0.0.1', port });
          sockets.push(socket);
          return socket;
        },
      },
      ...{ filter, clientId: 'receiver', store: faulty, metrics, now: Date.now, retry: RETRY },
      log: pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) }),
      sleep: async (ms, signal) => {
        await sleep(ms, undefined, signal === undefined ? {} : { signal });
      },
    });
  try {
    made.receiver = await open();
  } catch (error) {
    await made[Symbol.asyncDispose]();
    throw error;
  }
  return made as Receiving;
}

const BOOT = Date.UTC(2026, 0, 1);

/** A counter's value as a board's message. */
export function value(ep: string, count: number): string {
  const notification = { ep, path: '/3200/0/5501', ct: 'text/plain', payload: btoa(String(count)), boot: BOOT };
  return JSON.stringify({ notifications: [notification] });
}

/** Publishes as boards do, and resolves when all of it is acknowledged. */
export async function publish(
  port: number,
  messages: readonly (readonly [topic: string, body: string | Buffer])[],
  qos: 0 | 1 = 1,
) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  await Promise.all(messages.map(([topic, body]) => client.publishAsync(topic, body, { qos })));
  await client.endAsync();
}

export function topicOf(ep: string): string {
  return `mbed/${ep}/notifications`;
}

const PATIENCE_MS = 60_000;

/** Waits for what nothing announces. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await sleep(5);
  }
}
