/**
 * What is between boards and receiver in `mts up` when boards speak LwM2M: a connector, with a webhook and what it wants.
 *
 *   boards ─ UDP, TLS ─► connector ─ webhook, with the faults of its delivery ─► receiver
 */
import { join } from 'node:path';
import { openConnector } from '../cloud/connector/connector.ts';
import { COUNTER_PATH } from '../cloud/protocol/paths.ts';
import { seededRandom } from '../cloud/protocol/random.ts';
import { batchFaults } from '../simulator/faults.ts';
import type { Lwm2mOptions } from '../simulator/lwm2m/options.ts';
import type { Io } from './cli.ts';
import type { FleetPlan } from './fleet-words.ts';
import { newLog } from './log.ts';
import { realWorld } from './world.ts';

export interface Lwm2mUp {
  readonly plan: FleetPlan;
  /** Of the connector, within that of the counts. */
  readonly data: string;
  /** Where the connector is to send. */
  readonly webhook: { readonly url: string; readonly headers?: Readonly<Record<string, string>> };
  readonly speed: number;
}

export interface OpenLwm2m {
  /** Where boards find it. */
  readonly url: string;
  readonly lwm2m: Lwm2mOptions;
  /** Resolves when all that boards told was delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** The key whose channel it is; `mts up` has no API. */
const KEY = 'up';
const LOOK_MS = 20;
/** Boards' ticks are 15 s apart: the connector's patience with them, at their speed. */
const [SILENCE_MS, QUIET_MS] = [20_000, 22_000];
/** Nobody waits for minutes to see a delivery tried again. */
const RETRY = { firstWaitMs: 100, longestWaitMs: 5_000 };

export async function openLwm2m({ plan, data, webhook, speed }: Lwm2mUp, io: Io): Promise<OpenLwm2m> {
  const { seed, faults, dialect } = plan;
  const random = seededRandom(seed).fork('delivery');
  let deliveries = 0;
  const connector = await openConnector({
    folder: join(data, 'connector'),
    world: realWorld(io.now),
    log: newLog('warn', io.err),
    dialect: 'pelion',
    notifications: dialect,
    boards: { silenceMs: SILENCE_MS / speed, quietMs: QUIET_MS / speed },
    channels: { webhook: RETRY },
    hooks: { before: () => batchFaults(faults, random, deliveries++) },
  });
  try {
    const registering = await connector.channels.register(KEY, webhook);
    if (!registering.accepted) throw new Error(`the webhook was not taken: ${registering.reason}`);
    await connector.interests.setRules(KEY, [{ 'resource-path': [COUNTER_PATH] }], 'pelion');
    const listening = await listen();
    return {
      ...listening,
      async settled() {
        while (!connector.isIdle && !io.abandon.aborted) await io.sleep(LOOK_MS, io.abandon).catch(() => undefined);
      },
      close: () => connector.close(),
    };
  } catch (error) {
    await connector.close();
    throw error;
  }

  async function listen(): Promise<Pick<OpenLwm2m, 'url' | 'lwm2m'>> {
    const lwm2m: Lwm2mOptions = { speed, playsDeliveryFaults: true };
    const anywhere = { host: HOST, port: 0 };
    if (plan.via === 'lwm2m+tls') {
      const { server, credentialsOf } = await certificates(join(data, 'credentials'), plan, io);
      const { address } = await connector.listenTls(anywhere, server);
      return { url: `coaps://${HOST}:${address.port}`, lwm2m: { ...lwm2m, credentialsOf } };
    }
    if (plan.via === 'lwm2m+tcp') {
      const { address } = await connector.listenTcp(anywhere);
      return { url: `coap+tcp://${HOST}:${address.port}`, lwm2m };
    }
    const { address } = await connector.listenUdp(anywhere);
    return { url: `coap://${HOST}:${address.port}`, lwm2m };
  }
}

/** An authority, its server's certificate, and one for each board: kept with the counts. */
async function certificates(folder: string, plan: FleetPlan, io: Io) {
  const { initCredentials } = await import('../firmware-template/credentials/init.ts');
  const { openCredentials } = await import('../firmware-template/credentials/folder.ts');
  const { boardCertificates } = await import('./board-certificates.ts');
  const { boardNames } = await import('./comparison.ts');
  const now = new Date(io.now());
  await initCredentials(folder, { domain: undefined, force: false, now });
  const boards = await boardCertificates({ folder, endpoints: boardNames(plan.boards), issue: true, now });
  const server = await (await openCredentials(folder)).server();
  return { server, credentialsOf: (endpoint: string) => boards.get(endpoint)! };
}
