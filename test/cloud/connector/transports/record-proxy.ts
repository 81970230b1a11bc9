/**
 * A TCP proxy that looks at TLS records as they pass (RFC 5246 §6.2.1: type, version, length), and can hold back what goes
 * to the server, to let it go in one piece or byte by byte.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Record {
  readonly type: number;
  readonly length: number;
}

export const APPLICATION_DATA = 23;
export const ALERT = 21;
/** Of AES-GCM in TLS 1.2: nonce and tag (RFC 5288 §3). */
export const GCM_BYTES = 8 + 16;
const HEADER_BYTES = 5;

export class RecordProxy implements AsyncDisposable {
  readonly toServer: Record[] = [];
  readonly toClient: Record[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held: Buffer[] | undefined;
  #upstream: Socket | undefined;

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      const upstream = connect(port, '127.0.0.1');
      this.#upstream = upstream;
      for (const one of [socket, upstream]) {
        one.setNoDelay(true);
        this.#sockets.add(one);
        one.on('error', () => {});
      }
      const [seenByServer, seenByClient] = [recordsInto(this.toServer), recordsInto(this.toClient)];
      socket.on('data', (chunk: Buffer) => {
        seenByServer(chunk);
        if (this.#held === undefined) upstream.write(chunk);
        else this.#held.push(chunk);
      });
      upstream.on('data', (chunk: Buffer) => {
        seenByClient(chunk);
        socket.write(chunk);
      });
      socket.on('close', () => upstream.destroy());
      upstream.on('close', () => socket.end());
    });
  }

  static async before(port: number): Promise<RecordProxy> {
    const proxy = new RecordProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The socket to the server of the connection that came last. */
  get upstream(): Socket {
    return this.#upstream!;
  }

  /** Lengths of the messages in the records of application data. */
  static messages(records: readonly Record[]): number[] {
    return records.filter(({ type }) => type === APPLICATION_DATA).map(({ length }) => length - GCM_BYTES);
  }

  /** Nothing goes to the server from now on. */
  hold(): void {
    this.#held = [];
  }

  /** What is held now. */
  get held(): Buffer {
    return Buffer.concat(this.#held ?? []);
  }

  /** What was held goes, in pieces of this size. */
  async release(pieceBytes: number): Promise<void> {
    const bytes = this.held;
    this.#held = undefined;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await new Promise((resolve) => this.#upstream!.write(bytes.subarray(at, at + pieceBytes), resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function recordsInto(records: Record[]): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUInt16BE(3);
      if (rest.length < HEADER_BYTES + length) return;
      records.push({ type: rest[0]!, length });
      rest = rest.subarray(HEADER_BYTES + length);
    }
  };
}
