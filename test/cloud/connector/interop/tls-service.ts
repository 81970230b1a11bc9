/** A whole connector with its TLS port, whose credentials and boards' certificates are those that `mts credentials` makes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransportCounts } from '../../../../cloud/connector/transports/connection.ts';
import type { TlsTransport } from '../../../../cloud/connector/transports/tls.ts';
import { METHODS } from '../../../../cloud/protocol/coap/codes.ts';
import { encodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions, textOption } from '../../../../cloud/protocol/coap/options.ts';
import { type Credentials, openCredentials } from '../../../../firmware-template/credentials/folder.ts';
import { initCredentials } from '../../../../firmware-template/credentials/init.ts';
import { type Served, serve } from '../api/served.ts';

const MOST_LOOKS = 6_000;

export class TlsService implements AsyncDisposable {
  /** Where the credentials are. */
  readonly dir: string;
  readonly credentials: Credentials;
  readonly served: Served;
  readonly transport: TlsTransport;

  private constructor(dir: string, credentials: Credentials, served: Served, transport: TlsTransport) {
    [this.dir, this.credentials, this.served, this.transport] = [dir, credentials, served, transport];
  }

  /** These boards have certificates. */
  static async with(...endpoints: readonly string[]): Promise<TlsService> {
    const dir = await mkdtemp(join(tmpdir(), 'mts-tls-'));
    const credentials = await newCredentials(dir, ...endpoints);
    const served = await serve('mdc', 0);
    const address = { host: '127.0.0.1', port: 0 };
    const transport = await served.connector.listenTls(address, await credentials.server());
    return new TlsService(dir, credentials, served, transport);
  }

  get port(): number {
    return this.transport.address.port;
  }

  /** Names that the API lists. */
  async names(): Promise<readonly string[]> {
    const answer = await this.served.ask('GET', '/v2/endpoints');
    return ((await answer.json()) as { readonly name: string }[]).map(({ name }) => name);
  }

  /** How many it refused, by reason, once it has refused one: peers may know before it does. */
  async refused(): Promise<TransportCounts['refused']> {
    for (let looks = 0; looks < MOST_LOOKS && Object.keys(this.transport.counts.refused).length === 0; looks++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.transport.counts.refused;
  }

  async revoke(endpoint: string): Promise<void> {
    await this.credentials.revoke(endpoint, new Date());
    this.transport.setCredentials(await this.credentials.server());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served[Symbol.asyncDispose]();
    await rm(this.dir, { recursive: true });
  }
}

/** An authority of its own, in `dir`, and boards with its certificates. */
export async function newCredentials(dir: string, ...endpoints: readonly string[]): Promise<Credentials> {
  const change = { now: new Date(), force: false };
  const folder = join(dir, 'credentials');
  await initCredentials(folder, change);
  const credentials = await openCredentials(folder);
  for (const endpoint of endpoints) await credentials.issue({ endpoint }, change);
  return credentials;
}

/** As mbed-client registers: without a token, the answer is known by its Message ID. */
export function registration(endpoint: string, messageId: number, links = '</3200/0/5501>;obs'): Uint8Array {
  const query = [`ep=${endpoint}`, 'et=test', 'lt=100', 'd=mts', 'b=U'];
  return encodeMessage({
    ...{ type: 'CON', code: METHODS.POST, messageId, token: new Uint8Array(0) },
    options: [...pathOptions(OPTIONS.UriPath, '/rd'), ...query.map((text) => textOption(OPTIONS.UriQuery, text))],
    payload: new TextEncoder().encode(links),
  });
}
