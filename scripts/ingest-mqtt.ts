/** The MQTT half of `mts ingest`: its words, and the receiver that they ask for. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { InferredOptionTypes } from 'yargs';
import type { IngestMetrics } from '../cloud/ingest/metrics.ts';
import type { MqttMetrics } from '../cloud/ingest/mqtt/metrics.ts';
import type { MqttReceiver } from '../cloud/ingest/mqtt/receiver.ts';
import { USES_STORE } from '../cloud/ingest/server.ts';
import type { Store } from '../cloud/ingest/store.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import { checkFilter, TOPIC_FILTER } from '../cloud/protocol/mqtt/topic.ts';
import type { Io } from './cli.ts';
import { checkClientId, clientIdOf } from './mqtt-client-id.ts';
import { brokerOptions, type OwnBroker, ownBroker, refuseBrokerWords } from './mqtt-words.ts';

export const ingestMqttOptions = {
  mqtt: { type: 'string', describe: 'Receive from this MQTT broker, too, like mqtt://host:1883 or mqtts://host' },
  'mqtt-only': { type: 'boolean', describe: 'No webhook: the port has only the metrics' },
  topic: { type: 'string', describe: `What to subscribe to [default: ${TOPIC_FILTER}]` },
  'client-id': { type: 'string', describe: 'Name of the session at the broker; else one kept in the folder' },
  ...brokerOptions,
} as const;

type Words = Partial<InferredOptionTypes<typeof ingestMqttOptions>>;

/** What the words ask for: files are read, nothing is connected. */
export interface MqttPlan {
  readonly broker: OwnBroker;
  readonly topic: string;
  /** Undefined: the folder's own. */
  readonly clientId: string | undefined;
  /** There is no webhook beside it. */
  readonly only: boolean;
}

/** Undefined: no broker is asked for. UsageError for words that do not go together. */
export async function ingestMqttPlan(
  words: Words & { readonly data?: string | undefined; readonly headerFile?: string | undefined },
): Promise<MqttPlan | undefined> {
  if (words.mqtt === undefined) {
    const names = Object.keys(ingestMqttOptions).filter((name) => name !== 'mqtt');
    refuseBrokerWords(words, names, '--mqtt');
    return undefined;
  }
  const [clientId, topic, only] = [words['client-id'], words.topic ?? TOPIC_FILTER, words['mqtt-only'] === true];
  if (clientId !== undefined) checkClientId(clientId);
  else if (words.data === undefined) {
    throw new UsageError('--client-id is missing', 'Give one that stays the same: there is no folder to keep one in.');
  }
  if (only && words.headerFile !== undefined) {
    throw new UsageError('--header-file is for a webhook', 'Leave it out, or leave --mqtt-only out.');
  }
  const broker = await ownBroker(words.mqtt, words);
  checkFilter(topic, broker);
  return { broker, topic, clientId, only };
}

export interface ReceiverParts {
  readonly store: Store;
  readonly metrics: MqttMetrics;
  readonly log: Logger;
  readonly io: Pick<Io, 'now' | 'sleep'>;
  /** Folder that keeps the client id. */
  readonly data: string | undefined;
}

/** The receiver, subscribed; and where it is, for people and programs. */
export async function openMqtt(
  { broker, topic, clientId: given, only: _ }: MqttPlan,
  { store, metrics, log, io, data }: ReceiverParts,
): Promise<{ readonly receiver: MqttReceiver; readonly addresses: Readonly<Record<string, string>> }> {
  const { openMqttReceiver } = await import('../cloud/ingest/mqtt/receiver.ts');
  const clientId = given ?? (await clientIdOf(data ?? '.'));
  const { now, sleep } = io;
  const receiver = await openMqttReceiver({ broker, filter: topic, clientId, store, metrics, log, now, sleep });
  return { receiver, addresses: { mqtt: broker.text, topic, clientId } };
}

/** What a port has without a webhook: GET /healthz and /metrics, as beside one. */
export function statusRoutes(app: FastifyInstance, store: Pick<Store, 'totals'>, metrics: IngestMetrics): void {
  app.get('/healthz', { config: USES_STORE }, async () => {
    await store.totals();
    return { status: 'ok' };
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
