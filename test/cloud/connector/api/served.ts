/** A whole connector with its API on a real port, and simulated boards that reach it over UDP. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { restApi } from '../../../../cloud/connector/api/api.ts';
import { type ApiDialect, type Connector, openConnector } from '../../../../cloud/connector/connector.ts';
import { seededRandom } from '../../../../cloud/protocol/random.ts';
import { realWorld } from '../../../../scripts/world.ts';
import { createTally } from '../../../../simulator/ledger/writer.ts';
import { Books } from '../../../../simulator/lwm2m/books.ts';
import { Lwm2mFleet } from '../../../../simulator/lwm2m/fleet.ts';
import { udpWire } from '../../../../simulator/lwm2m/udp.ts';

export class Served {
  readonly connector: Connector;
  readonly app: FastifyInstance;
  readonly host: string;
  readonly fleet: Lwm2mFleet;
  readonly key: string;
  readonly problems: unknown[];
  readonly #close: () => Promise<void>;

  constructor(
    parts: Pick<Served, 'connector' | 'app' | 'host' | 'fleet' | 'key' | 'problems'>,
    close: () => Promise<void>,
  ) {
    ({ connector: this.connector, app: this.app, host: this.host, fleet: this.fleet, key: this.key } = parts);
    this.problems = parts.problems;
    this.#close = close;
  }

  /** A request as the key's owner. */
  async ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    const authorization = `Bearer ${this.key}`;
    return await fetch(`${this.host}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

export async function serve(dialect: ApiDialect, boards = 1): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'mts-api-'));
  const problems: unknown[] = [];
  const log = {
    info: () => {},
    warn: () => {},
    error: (fields: object, text: string) => problems.push({ ...fields, text }),
  };
  const world = realWorld(Date.now);
  const connector = await openConnector({ folder, world, log, dialect });
  const { address } = await connector.listenUdp({ host: '127.0.0.1', port: 0 });
  const app = fastify({ forceCloseConnections: true }) as unknown as FastifyInstance;
  await restApi(app, { ...picked(connector), world, dialect, version: '0', log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const wire = await udpWire(address);
  const fleet = new Lwm2mFleet({
    boards: Array.from({ length: boards }, (_, index) => index),
    endpointOf: (board) => `board-${board}`,
    ...{ domain: 'dom', transport: 'udp', resendQueue: 6, speed: 1, faults: {}, random: seededRandom(1), world, wire },
    ...{ wall: Date.now, books: new Books(createTally(), Date.now), starting: 100, onSerial: undefined, server: '' },
  });
  await fleet.start();
  const { text: key } = connector.keys.add({ name: 'test' });
  const host = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return new Served({ connector, app, host, fleet, key, problems }, async () => {
    fleet.finish();
    await wire.close();
    await app.close();
    await connector.close();
    await rm(folder, { recursive: true });
  });
}

function picked({ boards, channels, interests, keys, events, notices }: Connector) {
  return { boards, channels, interests, keys, events, notices };
}
