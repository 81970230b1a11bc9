/** A real BoardService that listens on this machine, in real time, and what it was told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardSettings } from '../../../cloud/connector/boards/settings.ts';
import type { Transport } from '../../../cloud/connector/transports/connection.ts';
import { listenTcp } from '../../../cloud/connector/transports/tcp.ts';
import { listenTls } from '../../../cloud/connector/transports/tls.ts';
import { listenUdp } from '../../../cloud/connector/transports/udp.ts';
import { openCredentials } from '../../../firmware-template/credentials/folder.ts';
import { initCredentials } from '../../../firmware-template/credentials/init.ts';
import { realWorld } from '../../../scripts/world.ts';
import type { BoardPem } from '../../../simulator/lwm2m/tls.ts';
import { CountedService } from './counted.ts';

export class RealService implements AsyncDisposable {
  readonly counted: CountedService;
  readonly url: string;
  /** Of boards, over TLS. */
  readonly credentials: ReadonlyMap<string, BoardPem>;
  readonly #transport: Transport;

  private constructor(counted: CountedService, transport: Transport, scheme: string, boards: Map<string, BoardPem>) {
    [this.counted, this.#transport, this.credentials] = [counted, transport, boards];
    this.url = `${scheme}://127.0.0.1:${transport.address.port}`;
  }

  static async open(
    transport: 'udp' | 'tcp' | 'tls',
    endpoints: readonly string[] = [],
    settings: Partial<BoardSettings> = {},
  ): Promise<RealService> {
    const world = realWorld(Date.now);
    const counted = new CountedService(world, settings);
    const options = {
      ...{ host: '127.0.0.1', port: 0, world },
      onConnection: counted.service.accept.bind(counted.service),
      onRefused: () => undefined,
      onProblem: (problem: unknown) => void counted.problems.push(problem),
    };
    if (transport === 'udp') return new RealService(counted, await listenUdp(options), 'coap', new Map());
    if (transport === 'tcp') return new RealService(counted, await listenTcp(options), 'coap+tcp', new Map());
    const { server, boards } = await certificates(endpoints);
    return new RealService(counted, await listenTls({ ...options, credentials: server }), 'coaps', boards);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close();
    this.counted[Symbol.dispose]();
  }
}

async function certificates(endpoints: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'mts-fleet-tls-'));
  try {
    const now = new Date();
    await initCredentials(folder, { domain: undefined, force: false, now });
    const credentials = await openCredentials(folder);
    const boards = new Map<string, BoardPem>();
    for (const endpoint of endpoints) {
      await credentials.issue({ endpoint }, { now, force: false });
      boards.set(endpoint, { ...(await credentials.board(endpoint)), authority: credentials.authority });
    }
    return { server: await credentials.server(), boards };
  } finally {
    await rm(folder, { recursive: true });
  }
}
