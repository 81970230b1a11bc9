/** The options of `mts connector`, and what they ask for. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { ChannelsOptions } from '../../cloud/connector/channels/channels.ts';
import { CHANNEL_SETTINGS } from '../../cloud/connector/channels/settings.ts';
import type { ApiDialect } from '../../cloud/connector/connector.ts';
import { isLoopback } from '../../cloud/connector/transports/address.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { TOPIC_TEMPLATE } from '../../cloud/protocol/mqtt/topic.ts';
import { DIALECTS, type Dialect } from '../../cloud/protocol/notification/message.ts';
import { LOG_LEVELS } from '../log-levels.ts';
import { choice, duration, size, wholeNumber } from '../words.ts';

const OFF = 'off';

export const connectorOptions = {
  data: { type: 'string', demandOption: true, describe: 'Folder of the connector: queues, boards, keys' },
  host: { type: 'string', default: '127.0.0.1', describe: 'Address to listen on for boards; 0.0.0.0 for all' },
  'http-host': {
    type: 'string',
    default: '127.0.0.1',
    describe: 'Address of the REST API and the page; put a TLS proxy in front where others reach it',
  },
  coap: {
    type: 'string',
    describe: `Port of CoAP over UDP; 0 takes any free one [default: 5683 on a loopback address or with --insecure-udp, else ${OFF}]`,
  },
  tls: { type: 'string', describe: `Port of the boards' TLS [default: 5684 with --credentials, else ${OFF}]` },
  tcp: { type: 'string', default: OFF, describe: 'Port of plain TCP' },
  http: { type: 'string', default: '8082', describe: 'Port of the REST API and the page' },
  credentials: {
    type: 'string',
    describe: 'Folder of `mts credentials`: the server’s certificate, and who may come in',
  },
  'insecure-udp': {
    type: 'boolean',
    default: false,
    describe: 'Let anybody be any board: UDP and plain TCP on an address that others reach',
  },
  dialect: { type: 'string', default: 'pelion', describe: 'How the API is spoken where the two differ: pelion or mdc' },
  notifications: {
    type: 'string',
    default: 'connector',
    describe: 'How events are spelt for who does not choose: connector, pelion, mdc',
  },
  public: {
    type: 'boolean',
    default: false,
    describe: 'Refuse callbacks that lead to this machine or a private network',
  },
  ca: { type: 'string', describe: 'PEM file: who vouches for https: callbacks, and for the broker' },
  mqtt: { type: 'string', describe: 'Publish every press to this broker too, like mqtts://host (QoS 1)' },
  'mqtt-topic': {
    type: 'string',
    describe: `Topic, with {endpoint} where the name goes [default: ${TOPIC_TEMPLATE}]`,
  },
  'client-id': { type: 'string', describe: 'MQTT client id; kept with the data where not given' },
  cert: { type: 'string', describe: 'PEM file: certificate for the broker' },
  key: { type: 'string', describe: 'PEM file: its private key' },
  'mqtt-auth-file': { type: 'string', describe: 'File with the login for the broker, one line `user:password`' },
  'event-lifetime': { type: 'string', describe: 'How long an event waits for its receiver [default: 24h; mdc: 15m]' },
  'queue-limit': { type: 'string', describe: 'Room for the events of one key [default: 50MiB]' },
  'delivery-timeout': { type: 'string', describe: 'For one delivery to a callback [default: 20s]' },
  'delivery-batch': { type: 'string', describe: 'Events in one message of any channel but MQTT [default: 10000]' },
  'delivery-size': { type: 'string', describe: 'Bytes of one such message [default: 4MiB]' },
  'delivery-retry': { type: 'string', describe: 'First and longest wait after a failure, like 1s..120s' },
  'remove-failing': { type: 'string', describe: 'Remove a callback that fails for so long [default: 24h; mdc: 7d]' },
  'remove-idle': {
    type: 'string',
    describe: 'Remove a callback without an event for so long [default: 48h; mdc: never]',
  },
  'poll-wait': { type: 'string', describe: 'How long a long poll waits for an event [default: 30s]' },
  'remove-idle-poll': {
    type: 'string',
    describe: 'Remove a long poll that nobody asks for so long [default: 10m; mdc: 15m]',
  },
  'remove-idle-websocket': {
    type: 'string',
    describe: 'Remove a websocket that nobody opens for so long [default: 24h]',
  },
  'log-level': { type: 'string', default: 'warn', describe: `What goes to stderr: ${LOG_LEVELS.join(', ')}` },
  json: { type: 'boolean', default: false, describe: 'Print the addresses as JSON' },
} as const;

export type ConnectorWords = ArgumentsCamelCase<InferredOptionTypes<typeof connectorOptions>>;

export interface Ports {
  readonly coap: number | undefined;
  readonly tls: number | undefined;
  readonly tcp: number | undefined;
  readonly http: number;
}

/** UsageError for ports that cannot be, or that would let anybody in. */
export function portsOf(words: ConnectorWords): Ports {
  const local = isLoopback(words.host);
  const ports = {
    coap: portOf('--coap', words.coap ?? (local || words.insecureUdp ? '5683' : OFF)),
    tls: portOf('--tls', words.tls ?? (words.credentials === undefined ? OFF : '5684')),
    tcp: portOf('--tcp', words.tcp),
    http: wholeNumber('--http', words.http, 0, 65_535),
  };
  const insecure = (['coap', 'tcp'] as const).find((name) => ports[name] !== undefined);
  if (insecure !== undefined && !local && !words.insecureUdp) {
    throw new UsageError(
      `--${insecure} on ${words.host} would let anybody be any board`,
      'Use --tls with --credentials, or say --insecure-udp too.',
    );
  }
  if (ports.tls !== undefined && words.credentials === undefined) {
    throw new UsageError('--tls needs certificates', 'Give --credentials DIR, made by `mts credentials init`.');
  }
  if (ports.coap === undefined && ports.tls === undefined && ports.tcp === undefined) {
    throw new UsageError('no board could reach it', 'Give --credentials DIR, --coap PORT or --tcp PORT.');
  }
  return ports;
}

export function dialectsOf({ dialect, notifications }: ConnectorWords): {
  dialect: ApiDialect;
  notifications: Dialect;
} {
  return {
    dialect: choice('--dialect', dialect, ['pelion', 'mdc'] as const),
    notifications: choice('--notifications', notifications, DIALECTS),
  };
}

/** What of the channels' figures is given. */
export function channelSettings(words: ConnectorWords): NonNullable<ChannelsOptions['settings']> {
  const [first, longest] = retryOf(words.deliveryRetry);
  const given = <K extends string, V>(name: K, value: V | undefined) => (value === undefined ? {} : { [name]: value });
  const { deliveryBatch, deliverySize } = words;
  const message = {
    ...given(
      'mostItems',
      deliveryBatch === undefined ? undefined : wholeNumber('--delivery-batch', deliveryBatch, 1, MOST_ITEMS),
    ),
    ...given('mostBytes', deliverySize === undefined ? undefined : size('--delivery-size', deliverySize)),
  };
  return {
    webhook: {
      publicOnly: words.public,
      ...message,
      ...given('timeoutMs', ms('--delivery-timeout', words.deliveryTimeout)),
      ...given('firstWaitMs', first),
      ...given('longestWaitMs', longest),
      ...given('removedAfterFailingMs', ms('--remove-failing', words.removeFailing)),
      ...given('removedAfterIdleMs', ms('--remove-idle', words.removeIdle)),
    },
    poll: {
      ...message,
      ...given('waitMs', ms('--poll-wait', words.pollWait)),
      ...given('removedAfterIdleMs', ms('--remove-idle-poll', words.removeIdlePoll)),
    },
    websocket: {
      ...message,
      ...given('removedAfterIdleMs', ms('--remove-idle-websocket', words.removeIdleWebsocket)),
    },
    queue: {
      ...given('lifetimeMs', ms('--event-lifetime', words.eventLifetime)),
      ...given('mostBytes', words.queueLimit === undefined ? undefined : size('--queue-limit', words.queueLimit)),
    },
  };
}

const MOST_ITEMS = CHANNEL_SETTINGS.pelion.webhook.mostItems;

function ms(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : duration(option, text);
}

function retryOf(text: string | undefined): [number?, number?] {
  if (text === undefined) return [];
  const [first = '', longest = '', ...more] = text.split('..');
  const waits = [duration('--delivery-retry', first), duration('--delivery-retry', longest)] as const;
  if (more.length > 0 || waits[0] > waits[1]) {
    throw new UsageError(`--delivery-retry is ${text}`, 'Write the first wait and the longest, like 1s..120s.');
  }
  return [...waits];
}

function portOf(option: string, text: string): number | undefined {
  return text === OFF ? undefined : wholeNumber(option, text, 0, 65_535);
}
