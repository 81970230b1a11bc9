/**
 * CoAP over UDP (RFC 7252 §3): a datagram is a message, and an address and port is a connection.
 *
 *   datagram ─► the size and version of a CoAP message? ─► its connection, made with the first ─► onMessage
 *
 * A connection ends when nothing came from its address for `idleMs` and no board is registered over it, or when a newer one
 * needs its place. Places are taken first from addresses that were heard once only, and last from registered boards, so that
 * a flood of invented addresses does not drive the boards out.
 * Nothing is known of who sends: there is no DTLS here.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { cannotListen, peerText } from './address.ts';
import {
  COAP_HEADER_BYTES,
  COAP_MESSAGE_BYTES,
  type Connection,
  guarded,
  ignore,
  type Transport,
  type TransportOptions,
} from './connection.ts';
import { LastHeard } from './last-heard.ts';
import { limitsOf } from './limits.ts';
import { Tally } from './tally.ts';

export interface UdpLimits {
  /** Addresses known at once. */
  readonly connections: number;
  /** Of who is no registered board. Longer than messages are remembered for the sake of their copies: 247 s (RFC 7252 §4.8.2). */
  readonly idleMs: number;
  /** The largest message taken, and what callers are told that a peer takes. */
  readonly mostMessageBytes: number;
  /** What the kernel keeps until we come to read it; it may grant less. */
  readonly receiveBufferBytes: number;
  /** Bytes that wait for the kernel to take them; more are not sent. */
  readonly waitingBytes: number;
}

export const UDP_LIMITS: UdpLimits = {
  connections: 100_000,
  idleMs: 300_000,
  mostMessageBytes: COAP_MESSAGE_BYTES,
  receiveBufferBytes: 4 * 1024 ** 2,
  waitingBytes: 1024 ** 2,
};

export interface UdpOptions extends TransportOptions {
  readonly limits?: Partial<UdpLimits>;
}

export interface UdpTransport extends Transport {
  /** What the kernel granted of `receiveBufferBytes`; Linux tells twice what it keeps (socket(7), SO_RCVBUF). */
  readonly receiveBufferBytes: number;
}

/** Resolves when it listens. OutsideError PORT if it cannot. */
export async function listenUdp(options: UdpOptions): Promise<UdpTransport> {
  const limits = limitsOf(UDP_LIMITS, options.limits);
  const socket = await bound(options, limits);
  socket.on('error', options.onProblem);
  const endpoint = new UdpEndpoint(socket, options, limits);
  socket.on('message', (bytes, from) => endpoint.receive(bytes, from));
  const { address: host, port } = socket.address();
  return {
    address: { host, port },
    receiveBufferBytes: socket.getRecvBufferSize(),
    get counts() {
      return endpoint.tally.counts(0);
    },
    close: () => endpoint.close(),
  };
}

async function bound({ host, port }: UdpOptions, { receiveBufferBytes }: UdpLimits): Promise<Socket> {
  try {
    const { address, family } = await lookup(host);
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      recvBufferSize: receiveBufferBytes,
      // Only addresses are asked for: without this each message would wait a turn to learn that.
      lookup: (name, _options, found) => found(null, name, family),
    });
    return await new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        socket.close();
        reject(error);
      };
      socket.once('error', failed);
      socket.bind(port, address, () => resolve(socket.off('error', failed)));
    });
  } catch (error) {
    throw cannotListen(host, port, error as Error);
  }
}

class UdpEndpoint {
  readonly tally: Tally;
  readonly #socket: Socket;
  readonly #options: UdpOptions;
  readonly #limits: UdpLimits;
  readonly #connections = new Map<string, UdpConnection>();
  /** Heard once, and heard again. */
  readonly #strangers: LastHeard<UdpConnection>;
  readonly #regulars: LastHeard<UdpConnection>;
  /** Those of registered boards, in the order in which they became so. */
  readonly #boards = new Set<UdpConnection>();
  #next = 1;
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, options: UdpOptions, limits: UdpLimits) {
    this.#socket = socket;
    this.#options = options;
    this.#limits = limits;
    this.tally = new Tally(options);
    const tooQuiet = (connection: UdpConnection): void => {
      this.tally.count('idle');
      this.end(connection, `nothing came for ${limits.idleMs / 1000} s`);
    };
    this.#strangers = new LastHeard(options.world, limits.idleMs, tooQuiet);
    this.#regulars = new LastHeard(options.world, limits.idleMs, tooQuiet);
  }

  receive(bytes: Uint8Array, from: RemoteInfo): void {
    const peer = peerText(from.address, from.port);
    const why = whyNoMessage(bytes, from, this.#limits.mostMessageBytes);
    if (why !== undefined) {
      this.tally.refuse('bytes', peer, why);
      return;
    }
    this.tally.received++;
    const connection = this.#known(peer) ?? this.#open(peer, from);
    guarded(this.#options.onProblem, () => connection.onMessage(bytes));
  }

  send(message: Uint8Array, { address, port }: RemoteInfo): void {
    const waiting = this.#closed === undefined && this.#socket.getSendQueueSize();
    if (waiting === false || waiting > this.#limits.waitingBytes) {
      this.tally.unsent++;
      return;
    }
    this.tally.sent++;
    this.#socket.send(message, port, address, this.#left);
  }

  end(connection: UdpConnection, why: string): void {
    if (this.#connections.get(connection.peer) !== connection) return;
    this.#connections.delete(connection.peer);
    this.#leaveLists(connection);
    this.tally.open--;
    guarded(this.#options.onProblem, () => connection.onClose(why));
  }

  keep(connection: UdpConnection, isBoard: boolean): void {
    if (this.#connections.get(connection.peer) !== connection || this.#boards.has(connection) === isBoard) return;
    this.#leaveLists(connection);
    if (isBoard) this.#boards.add(connection);
    else this.#regulars.heard(connection);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      for (const connection of [...this.#connections.values()]) this.end(connection, 'the connector is closing');
      this.#strangers.close();
      this.#regulars.close();
      this.#socket.close(resolve);
    });
    return this.#closed;
  }

  /** One for all messages. */
  readonly #left = (error: Error | null): void => {
    if (error === null) return;
    this.tally.sent--;
    this.tally.unsent++;
  };

  #known(peer: string): UdpConnection | undefined {
    const connection = this.#connections.get(peer);
    if (connection === undefined || this.#boards.has(connection)) return connection;
    this.#strangers.forget(connection);
    this.#regulars.heard(connection);
    return connection;
  }

  #open(peer: string, from: RemoteInfo): UdpConnection {
    if (this.#connections.size >= this.#limits.connections) {
      const [oldestBoard] = this.#boards;
      this.#replace((this.#strangers.quietest ?? this.#regulars.quietest ?? oldestBoard)!);
    }
    const connection = new UdpConnection(this, `udp-${this.#next++}`, peer, from, this.#limits.mostMessageBytes);
    this.#connections.set(peer, connection);
    this.#strangers.heard(connection);
    this.tally.open++;
    this.tally.opened++;
    guarded(this.#options.onProblem, () => this.#options.onConnection(connection));
    return connection;
  }

  #replace(connection: UdpConnection): void {
    const detail = 'a newer peer needs its place';
    this.tally.refuse('forgotten', connection.peer, detail);
    this.end(connection, detail);
  }

  #leaveLists(connection: UdpConnection): void {
    this.#strangers.forget(connection);
    this.#regulars.forget(connection);
    this.#boards.delete(connection);
  }
}

class UdpConnection implements Connection {
  readonly id: string;
  readonly peer: string;
  readonly transport = 'udp';
  readonly mostBytes: number;
  onMessage: Connection['onMessage'] = ignore;
  onClose: Connection['onClose'] = ignore;
  readonly #endpoint: UdpEndpoint;
  readonly #from: RemoteInfo;

  constructor(endpoint: UdpEndpoint, id: string, peer: string, from: RemoteInfo, mostBytes: number) {
    this.#endpoint = endpoint;
    this.id = id;
    this.peer = peer;
    this.#from = from;
    this.mostBytes = mostBytes;
  }

  send(message: Uint8Array): void {
    this.#endpoint.send(message, this.#from);
  }

  keep(isBoard: boolean): void {
    this.#endpoint.keep(this, isBoard);
  }

  close(): void {
    this.#endpoint.end(this, 'closed by the connector');
  }
}

function whyNoMessage(bytes: Uint8Array, { port }: RemoteInfo, mostBytes: number): string | undefined {
  // No answer can go there.
  if (port === 0) return 'it comes from port 0';
  if (bytes.length < COAP_HEADER_BYTES) return `a datagram of ${bytes.length} bytes`;
  if (bytes.length > mostBytes) return `a datagram of ${bytes.length} bytes, the limit is ${mostBytes}`;
  // "MUST be silently ignored" (RFC 7252 §3).
  if (bytes[0]! >> 6 !== 1) return `version ${bytes[0]! >> 6}, where CoAP has 1`;
  return undefined;
}
