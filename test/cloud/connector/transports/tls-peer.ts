/** A peer over TLS: Node's client with a board's settings. Each piece of data that comes is kept as it came. */
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Pair } from './certificates.ts';
import { Coming } from './coming.ts';

export class TlsPeer implements AsyncDisposable {
  readonly socket: TLSSocket;
  readonly messages = new Coming<Uint8Array>();
  /** Why the connection ended: an error's code, or `closed`. */
  readonly ended: Promise<string>;
  readonly #shaken: Promise<void>;
  #written: Promise<void> = Promise.resolve();

  constructor(port: number, pair: Partial<Pair>, options: ConnectionOptions & { readonly localAddress?: string } = {}) {
    this.socket = connect({
      ...pair,
      host: '127.0.0.1',
      port,
      // A board has no name to compare; whom it trusts is another test's business.
      rejectUnauthorized: false,
      servername: '',
      maxVersion: 'TLSv1.2',
      ...options,
    });
    let why = 'closed';
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      why = error.code ?? error.message;
    });
    this.socket.on('data', this.messages.push);
    this.ended = new Promise((resolve) => this.socket.on('close', () => resolve(why)));
    this.#shaken = new Promise((resolve) => this.socket.once('secureConnect', resolve));
  }

  /** Resolves when the handshake is through; a server can still refuse. */
  static async shaken(...parts: ConstructorParameters<typeof TlsPeer>): Promise<TlsPeer> {
    const peer = new TlsPeer(...parts);
    const ended = await Promise.race([peer.#shaken, peer.ended]);
    if (ended !== undefined) throw new Error(`no handshake: ${ended}`);
    return peer;
  }

  /** One message in one record, after those before. */
  send(bytes: Uint8Array): Promise<void> {
    this.#written = this.#written.then(() => new Promise((resolve) => this.socket.write(bytes, () => resolve())));
    return this.#written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.ended;
  }
}
