/** `mts connector`: boards in over CoAP, events out over the channels of keys, an API and a page. */
import { readFile } from 'node:fs/promises';
import { restApi } from '../../cloud/connector/api/api.ts';
import { MQTT_KEY } from '../../cloud/connector/channels/mqtt/target.ts';
import { type Connector, makeConnectorFolder, openConnector } from '../../cloud/connector/connector.ts';
import type { Transport } from '../../cloud/connector/transports/connection.ts';
import { connectorPage } from '../../cloud/connector/web/page.ts';
import { newServer } from '../../cloud/ingest/server.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import type { Io } from '../cli.ts';
import { newLog } from '../log.ts';
import { LOG_LEVELS } from '../log-levels.ts';
import { given, serve } from '../serve.ts';
import { version } from '../version.ts';
import { choice } from '../words.ts';
import { realWorld } from '../world.ts';
import { readTrust, watchTrust } from './credentials.ts';
import { mqttOf } from './mqtt.ts';
import { type ConnectorWords, channelSettings, dialectsOf, portsOf } from './words.ts';

export async function serveConnector(words: ConnectorWords, io: Io): Promise<void> {
  const ports = portsOf(words);
  const dialects = dialectsOf(words);
  const log = newLog(choice('--log-level', words.logLevel, LOG_LEVELS), io.err);
  const trust = words.credentials === undefined ? undefined : await readTrust(words.credentials);
  const world = realWorld(io.now);
  await makeConnectorFolder(words.data);
  const mqtt = await mqttOf(words, { world, log, dialect: dialects.notifications });
  const connector = await openConnector({
    ...{ folder: words.data, world, log, ...dialects, channels: channelSettings(words) },
    ...(words.ca === undefined ? {} : { ca: await readPem(words.ca) }),
    ...(mqtt === undefined ? {} : { mqtt }),
  });
  const app = newServer(log);
  try {
    const { host } = words;
    const parts = { boards: connector.boards, channels: connector.channels, interests: connector.interests };
    const { keys, events, notices } = connector;
    if (mqtt !== undefined)
      await connector.interests.setRules(MQTT_KEY, [{ 'resource-path': [COUNTER_PATH] }], 'pelion');
    await connectorPage(app, { ...parts, keys, notices, now: io.now });
    await restApi(app, { ...parts, keys, events, notices, world, log, dialect: dialects.dialect, version: version() });
    // Device Connector tells its version there.
    if (dialects.dialect === 'pelion') app.get('/', async (_request, reply) => reply.redirect('/page/'));
    app.get('/healthz', async () => {
      const { waiting, unclaimed } = connector;
      return { status: 'ok', waiting, unclaimed };
    });
    const listening: Record<string, string> = {};
    const open = async (
      name: string,
      scheme: string,
      port: number | undefined,
      listen: (port: number) => Promise<Transport>,
    ) => {
      if (port === undefined) return undefined;
      const transport = await listen(port);
      listening[name] = `${scheme}://${hostText(transport.address.host)}:${transport.address.port}`;
      return transport;
    };
    await open('coap', 'coap', ports.coap, (port) => connector.listenUdp({ host, port }));
    await open('tcp', 'coap+tcp', ports.tcp, (port) => connector.listenTcp({ host, port }));
    await open('tls', 'coaps', ports.tls, async (port) => {
      const tls = await connector.listenTls({ host, port }, trust!);
      void watchTrust(words.credentials!, io, (changed) => tls.setCredentials(changed)).catch((error: unknown) => {
        log.error({ err: error }, 'the credentials are not watched any more');
      });
      return tls;
    });
    const { origin } = await serve(app, { host: words.httpHost, port: ports.http, option: '--http' });
    await tell({ ...listening, http: origin, page: `${origin}/page/` }, connector, words, io);
    await given(io.stop);
  } finally {
    await app.close();
    await connector.close();
  }
}

async function tell(
  addresses: Readonly<Record<string, string>>,
  { keys }: Connector,
  { data, json }: ConnectorWords,
  io: Io,
): Promise<void> {
  if (json) {
    await io.out(`${JSON.stringify(addresses)}\n`);
    return;
  }
  const names: Readonly<Record<string, string>> = {
    coap: 'Boards, UDP',
    tcp: 'Boards, TCP',
    tls: 'Boards, TLS',
    http: 'API',
    page: 'Page',
  };
  for (const [name, address] of Object.entries(addresses))
    await io.out(`${(names[name] ?? name).padEnd(12)} ${address}\n`);
  if (keys.list().length === 0) await io.out(`There is no key yet: mts connector key add me --data ${data}\n`);
}

/** For an address: brackets around IPv6. */
function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OutsideError('FILE', `${path} cannot be read: ${why}`, 'Give a PEM file.', { cause });
  }
}
