/** `mts ingest`: the receiver alone, into a store: a webhook, a broker's topics, or both. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { IngestMetrics } from '../../cloud/ingest/metrics.ts';
import type { Store } from '../../cloud/ingest/store.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import type { Forwarding } from '../forwarding.ts';
import { readHeaderFile } from '../header-file.ts';
import { ingestMqttOptions, ingestMqttPlan, type MqttPlan } from '../ingest-mqtt.ts';
import { LOG_LEVELS } from '../log-levels.ts';
import { openStore, platformOptions, type SinkName } from '../platforms.ts';
import type { ReceiverOptions } from '../receiver.ts';
import { sinkNameOf, sinkOptions } from '../sinks.ts';
import { choice, size, wholeNumber } from '../words.ts';

const options = {
  ...platformOptions,
  ...sinkOptions,
  retell: {
    type: 'boolean',
    default: false,
    describe: 'Tell the sink everything again, after it lost what it was told; not of sinks that add up',
  },
  port: { type: 'string', default: '8080', describe: 'Port to listen on; 0 takes any free one' },
  host: { type: 'string', default: '127.0.0.1', describe: 'Address to listen on; 0.0.0.0 for all' },
  'header-file': { type: 'string', describe: 'File with the header that senders must set, as `Name: value`' },
  ...ingestMqttOptions,
  'max-aside': { type: 'string', default: '1GiB', describe: 'Room for what is not understood' },
  'log-level': { type: 'string', default: 'warn', describe: `What goes to stderr: ${LOG_LEVELS.join(', ')}` },
  json: { type: 'boolean', default: false, describe: 'Print the addresses as JSON' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const ingestVerb: Verb<Args> = (io) => ({
  examples: [
    ['ingest --data ./presses', 'Receive on http://127.0.0.1:8080/webhook'],
    ['ingest --data ./presses --host 0.0.0.0 --header-file key.txt', 'Open to others, who must know the key'],
    ['ingest --data ./presses --platform influxdb', 'Count here, and have the InfluxDB of this machine show it'],
    ['ingest --data ./presses --mqtt mqtt://127.0.0.1', 'The same, and what boards publish on mbed/+/notifications'],
    [
      'ingest --data ./presses --mqtt mqtts://$ENDPOINT --cert ingest.crt --key ingest.key --mqtt-only',
      'From AWS IoT Core alone',
    ],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => ingest(args, io),
});

async function ingest(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const port = wholeNumber('--port', args.port, 0, 65_535);
  const maxAside = size('--max-aside', args.maxAside);
  const level = choice('--log-level', args.logLevel, LOG_LEVELS);
  const mqtt = await ingestMqttPlan(args);
  const header = args.headerFile === undefined ? undefined : await readHeaderFile(args.headerFile);
  const { given, serve } = await import('../serve.ts');
  const sinkName = sinkNameOf(args);
  const store = await openStore(args, { create: true, maxAside, patienceMs: PATIENCE_MS, now: io.now });
  let fed: Forwarding | undefined;
  try {
    if (sinkName === 'none' && args.retell)
      throw new UsageError('--retell is for a sink', 'Give --sink, or leave it out.');
    if (sinkName !== 'none') fed = await feed(sinkName, args, store, { io, level });
    const metrics = await metricsOf(sinkName, fed);
    const { app, listen } = await open({ store, header, level, io, metrics }, mqtt, args.data);
    try {
      const { origin } = await serve(app, { host: args.host, port });
      const { close, addresses } = await listen();
      try {
        await say(origin, addresses, mqtt?.only === true, args.json, io);
        await given(io.stop);
      } finally {
        await close();
      }
    } finally {
      await app.close();
    }
  } finally {
    await fed?.close();
    await store.close();
  }
}

/** Below the 20 s after which a sender gives up. */
const PATIENCE_MS = 15_000;

const ADDING: ReadonlySet<SinkName> = new Set(['azure-monitor', 'cloud-monitoring']);

/** Has the sink told what is counted, from here on and before. */
async function feed(
  name: Exclude<SinkName, 'none'>,
  args: ArgumentsCamelCase<Args>,
  store: Store,
  { io, level }: Pick<ReceiverOptions, 'level'> & { readonly io: Io },
): Promise<Forwarding> {
  const { data: folder } = args;
  if (folder === undefined || folder === '') {
    throw new UsageError('--data is missing', 'Give a folder for what the sink was told, like --data ./presses.');
  }
  if (args.retell && ADDING.has(name)) {
    throw new UsageError(`${name} adds up: told again, presses would be shown twice`, 'Leave --retell out.');
  }
  const { openForwarding } = await import('../forwarding.ts');
  const { openSink } = await import('../sinks.ts');
  const { newLog } = await import('../log.ts');
  return await openForwarding({
    ...{ name, folder, store, io, log: newLog(level, io.err), retell: args.retell },
    open: (told) => openSink(name, args, { io, told }),
  });
}

async function metricsOf(sink: SinkName, fed: Forwarding | undefined): Promise<IngestMetrics> {
  const { ingestMetrics } = await import('../../cloud/ingest/metrics.ts');
  if (fed === undefined) return ingestMetrics();
  const { withSink } = await import('../../cloud/ingest/sink-metrics.ts');
  return withSink(ingestMetrics(), sink, () => fed.status);
}

type Addresses = Readonly<Record<string, string>>;

/** The server, not listening yet, and how to begin with the broker when it does. */
async function open(
  { store, header, level, io, metrics: plain }: ReceiverOptions & { readonly io: Io; readonly metrics: IngestMetrics },
  mqtt: MqttPlan | undefined,
  data: string | undefined,
) {
  if (mqtt === undefined) {
    const { openReceiver } = await import('../receiver.ts');
    const app = await openReceiver({ store, header, level, io, metrics: plain });
    return { app, listen: async () => ({ addresses: {} as Addresses, close: async () => undefined }) };
  }
  const { demandHeader } = await import('../../cloud/ingest/demanded-header.ts');
  const { withMqtt } = await import('../../cloud/ingest/mqtt/metrics.ts');
  const { newServer } = await import('../../cloud/ingest/server.ts');
  const { webhook } = await import('../../cloud/ingest/webhook.ts');
  const { openMqtt, statusRoutes } = await import('../ingest-mqtt.ts');
  const { newLog } = await import('../log.ts');
  const [log, metrics] = [newLog(level, io.err), withMqtt(plain)];
  const app = newServer(log);
  const demanded = header === undefined ? {} : { header: demandHeader(header.name, header.value) };
  if (mqtt.only) statusRoutes(app, store, metrics);
  else await webhook(app, { store, metrics, now: io.now, ...demanded });
  const listen = async () => {
    const { receiver, addresses } = await openMqtt(mqtt, { store, metrics, log, io, data });
    return { addresses, close: () => receiver.close() };
  };
  return { app, listen };
}

async function say(origin: string, broker: Addresses, only: boolean, json: boolean, io: Io): Promise<void> {
  const [webhook, metrics, healthz] = [`${origin}/webhook`, `${origin}/metrics`, `${origin}/healthz`];
  if (json) {
    await io.out(`${JSON.stringify({ ...(only ? {} : { webhook }), metrics, healthz, ...broker })}\n`);
    return;
  }
  if (!only) await io.out(`Receiving on ${webhook}\n`);
  if (broker.mqtt !== undefined) {
    await io.out(`Receiving ${broker.topic} from ${broker.mqtt}, as ${broker.clientId}\n`);
  }
  await io.out(`Metrics on   ${metrics}\n`);
}
