/**
 * A TCP port, and the sockets that come to it, within limits.
 *
 *   socket ─► admission.ts ─► arrived(arrival): half-open ─► arrival.begin() ─► open ─► socket closed: its place is free
 *                                        └─ not within handshakeMs: refused
 *
 * What is spoken on the sockets is the business of tls.ts and tcp.ts.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Timer } from '../../protocol/coap/world.ts';
import { cannotListen, networkOf, peerText } from './address.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { BOARD_MESSAGE_BYTES, ignore, type Refusal, type TransportOptions } from './connection.ts';
import type { Tally } from './tally.ts';

export interface StreamLimits extends AdmissionLimits {
  /** From a socket's arrival to the end of its handshake, or its first message: a board's processor takes seconds. */
  readonly handshakeMs: number;
  /** A connection from which nothing comes for so long is ended; boards speak every 15 s. */
  readonly idleMs: number;
  /** The largest message, both ways. */
  readonly mostMessageBytes: number;
  /** What may wait for a peer to read, in bytes, with some for each message. */
  readonly waitingBytes: number;
  /** Time for what waits to leave once the connection is to close. */
  readonly flushMs: number;
  /** Sockets that the kernel holds until we come to take them. */
  readonly backlog: number;
  /** TCP keep-alive after so much silence; 0 is without. Boards need none. */
  readonly keepAliveMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  connections: 10_000,
  perAddress: 2_048,
  halfOpen: 1_024,
  handshakeMs: 30_000,
  idleMs: 600_000,
  mostMessageBytes: BOARD_MESSAGE_BYTES,
  waitingBytes: 64 * 1024,
  flushMs: 2_000,
  backlog: 511,
  keepAliveMs: 0,
};

/** Resolves when it listens. OutsideError PORT if it cannot. */
export async function listenForStreams(
  options: TransportOptions,
  limits: StreamLimits,
  tally: Tally,
  arrived: (arrival: Arrival) => void,
): Promise<StreamListener> {
  const { host, port, onProblem } = options;
  const server = createServer({
    noDelay: true,
    keepAlive: limits.keepAliveMs > 0,
    keepAliveInitialDelay: limits.keepAliveMs,
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => reject(cannotListen(host, port, error));
    server.once('error', failed);
    server.listen({ host, port, backlog: limits.backlog }, () => {
      server.off('error', failed);
      resolve();
    });
  });
  // Too many files open, for example: told, and the next may come in again.
  server.on('error', onProblem);
  return new StreamListener(server, options, limits, tally, arrived);
}

export class StreamListener {
  readonly address: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #admission: Admission<Arrival>;
  readonly #byPeer = new Map<string, Arrival>();

  constructor(
    server: Server,
    { world }: TransportOptions,
    limits: StreamLimits,
    tally: Tally,
    arrived: (arrival: Arrival) => void,
  ) {
    const { address, port } = server.address() as AddressInfo;
    this.address = { host: address, port };
    this.#server = server;
    this.#admission = new Admission(limits);
    server.on('connection', (socket) => {
      // TLS and connections tell of errors by themselves; without a listener they would be thrown.
      socket.on('error', ignore);
      const { remoteAddress, remotePort } = socket;
      if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy();
      const arrival = new Arrival(socket, remoteAddress, remotePort, this.#admission, tally);
      const why = this.#admission.whyNot(arrival);
      if (why !== undefined) return arrival.refuse(why, FULL[why]);
      this.#admission.arrive(arrival)?.refuse('half-open-full', 'too many connections have not begun');
      this.#byPeer.set(arrival.peer, arrival);
      const late = (): void => arrival.refuse('handshake-timeout', `not begun in ${limits.handshakeMs / 1000} s`);
      arrival.timer = world.after(limits.handshakeMs, late);
      socket.once('close', () => this.#gone(arrival));
      arrived(arrival);
    });
  }

  get halfOpen(): number {
    return this.#admission.halfOpen;
  }

  /** The socket whose other end has this address and port. */
  byPeer(peer: string): Arrival | undefined {
    return this.#byPeer.get(peer);
  }

  /** No socket comes in any more, and those that have not begun end. Resolves when the others have ended, too. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const arrival of this.#byPeer.values()) {
      if (arrival.begun) continue;
      arrival.settled = true;
      arrival.socket.destroy();
    }
    return closed;
  }

  #gone(arrival: Arrival): void {
    arrival.timer?.cancel();
    this.#admission.leave(arrival);
    if (this.#byPeer.get(arrival.peer) === arrival) this.#byPeer.delete(arrival.peer);
    if (!arrival.begun) arrival.settle('handshake', 'gone');
  }
}

const FULL = {
  full: 'as many connections as may be',
  'address-full': 'as many connections as may be from one address',
} as const;

/** A socket that was let in. */
export class Arrival {
  readonly socket: Socket;
  /** What counts as one address. */
  readonly address: string;
  readonly peer: string;
  /** Its connection has begun: it is no longer half-open. */
  begun = false;
  /** It was refused, or what else became of it was told: nothing is to be told any more. */
  settled = false;
  /** Ends it unless it begins. */
  timer: Timer | undefined;
  readonly #admission: Admission<Arrival>;
  readonly #tally: Tally;

  constructor(socket: Socket, address: string, port: number, admission: Admission<Arrival>, tally: Tally) {
    this.socket = socket;
    this.address = networkOf(address);
    this.peer = peerText(address, port);
    this.#admission = admission;
    this.#tally = tally;
  }

  /** Its connection begins; false if it was refused, or there are too many, and it is. */
  begin(): boolean {
    if (this.settled) return false;
    const why = this.#admission.begin(this);
    if (why !== undefined) {
      this.refuse(why, FULL[why]);
      return false;
    }
    this.timer?.cancel();
    this.begun = true;
    return true;
  }

  /** Counts it, once, and ends it. */
  refuse(reason: Refusal, detail: string): void {
    this.settle(reason, detail);
    this.socket.destroy();
  }

  /** Counts it, once. */
  settle(reason: Refusal, detail: string): void {
    if (!this.settled) this.#tally.refuse(reason, this.peer, detail);
    this.settled = true;
  }
}
