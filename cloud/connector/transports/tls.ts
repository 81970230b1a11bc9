/**
 * The boards' way in: mutual TLS 1.2 over TCP, one CoAP message a record, no length before it.
 *
 *   socket ─► listener.ts ─► handshake ─► verdict.ts: certificate, identity ─► onConnection ─► record = onMessage
 *                                  setCredentials: new handshakes, and what is open, by the new ones ─┘
 *
 * Versions, suites, curves and sizes are those of mbed TLS in mbed-os-example-client (mbedtls_mbed_client_config.h); a board
 * names no host, so there is one certificate for the port. Sessions are not resumed: no board does. A proxy that ends TLS,
 * or puts records together, cannot stand in front. DTLS is not here: node:tls has none.
 */
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { peerText } from './address.ts';
import { type BoardIdentity, guarded, ignore, type Transport, type TransportOptions } from './connection.ts';
import { type Credentials, checkCredentials, type Trust } from './credentials.ts';
import { RecordFraming } from './framing.ts';
import { LastHeard } from './last-heard.ts';
import { limitsOf } from './limits.ts';
import { type Arrival, listenForStreams, STREAM_LIMITS, type StreamLimits, type StreamListener } from './listener.ts';
import { StreamConnection } from './stream-connection.ts';
import { Tally } from './tally.ts';
import { judge, type Verdict, whyNoLonger } from './verdict.ts';

export interface TlsOptions extends TransportOptions {
  readonly credentials: Credentials;
  readonly limits?: Partial<StreamLimits>;
}

export interface TlsTransport extends Transport {
  /** From now on these hold, for what is open, too. UsageError, and those before go on holding, if they cannot. */
  setCredentials(credentials: Credentials): void;
}

/** Resolves when it listens. UsageError for credentials that boards would refuse; OutsideError PORT if it cannot listen. */
export async function listenTls(options: TlsOptions): Promise<TlsTransport> {
  const limits = limitsOf(STREAM_LIMITS, options.limits, 'keepAliveMs');
  const endpoint = new TlsEndpoint(options, limits);
  const listener = await listenForStreams(options, limits, endpoint.tally, (arrival) => endpoint.shakeHands(arrival));
  endpoint.listener = listener;
  return {
    address: listener.address,
    get counts() {
      return endpoint.tally.counts(listener.halfOpen);
    },
    setCredentials: (credentials) => endpoint.setCredentials(credentials),
    close: () => endpoint.close(),
  };
}

/** Node has a limit of its own on handshakes, which is to come after ours. */
const LATER_MS = 60_000;

class TlsEndpoint {
  readonly tally: Tally;
  /** What hands it the sockets. */
  listener: StreamListener | undefined;
  readonly #options: TlsOptions;
  readonly #limits: StreamLimits;
  /** Does not listen: it is handed the sockets that the listener lets in. */
  readonly #server: Server;
  readonly #framing: RecordFraming;
  readonly #lastHeard: LastHeard<StreamConnection>;
  readonly #connections = new Map<StreamConnection, TLSSocket>();
  /** What held when a socket arrived: its handshake goes by that. */
  readonly #arrivedUnder = new WeakMap<Arrival, Trust>();
  #trust: Trust;
  #next = 1;

  constructor(options: TlsOptions, limits: StreamLimits) {
    this.tally = new Tally(options);
    this.#options = options;
    this.#limits = limits;
    this.#framing = new RecordFraming(limits.mostMessageBytes);
    this.#trust = checkCredentials(options.credentials);
    this.#lastHeard = new LastHeard<StreamConnection>(options.world, limits.idleMs, (connection) => {
      connection.refuse('idle', `nothing came for ${limits.idleMs / 1000} s`);
    });
    this.#server = createServer({
      ...this.#trust.secure,
      requestCert: true,
      // Node ends the handshake all the same and looks afterwards; verdict.ts does, who also knows those trusted by name.
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeMs + LATER_MS,
    });
    this.#server.on('secureConnection', (socket) => this.#shaken(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  shakeHands(arrival: Arrival): void {
    this.#arrivedUnder.set(arrival, this.#trust);
    this.#server.emit('connection', arrival.socket);
  }

  setCredentials(credentials: Credentials): void {
    const trust = checkCredentials(credentials);
    this.#server.setSecureContext(trust.secure);
    const before = this.#trust;
    this.#trust = trust;
    for (const [connection, socket] of [...this.#connections]) {
      const why = whyNoLonger(socket.getPeerX509Certificate()!, before, trust);
      if (why !== undefined) connection.refuse('revoked', why);
    }
  }

  async close(): Promise<void> {
    this.#lastHeard.close();
    const closed = this.listener?.close();
    for (const connection of [...this.#connections.keys()]) connection.close();
    await closed;
  }

  #shaken(socket: TLSSocket): void {
    // It may fail while it is being ended: nobody else listens then, and it would be thrown.
    socket.on('error', ignore);
    const arrival = this.#arrivalOf(socket);
    // It is gone already, and counted.
    if (arrival === undefined) return void socket.destroy();
    const verdict = this.#judge(socket, arrival);
    if ('reason' in verdict) arrival.refuse(verdict.reason, verdict.detail);
    else if (arrival.begin()) this.#open(socket, arrival, verdict.identity);
  }

  #judge(socket: TLSSocket, arrival: Arrival): Verdict {
    const certificate = socket.getPeerX509Certificate();
    const verdict = judge(certificate, socket.authorized ? undefined : String(socket.authorizationError), this.#trust);
    const under = this.#arrivedUnder.get(arrival)!;
    if ('reason' in verdict || under === this.#trust) return verdict;
    const why = whyNoLonger(certificate!, under, this.#trust);
    return why === undefined ? verdict : { reason: 'revoked', detail: why };
  }

  #open(socket: TLSSocket, arrival: Arrival, identity: BoardIdentity): void {
    const { world, onProblem, onConnection } = this.#options;
    const connection = new StreamConnection({
      ...this.#limits,
      id: `tls-${this.#next++}`,
      peer: arrival.peer,
      transport: 'tls',
      identity,
      socket,
      framing: this.#framing,
      mostBytes: this.#limits.mostMessageBytes,
      world,
      tally: this.tally,
      onProblem,
      settle: (reason, detail) => arrival.settle(reason, detail),
      heard: (heard) => this.#lastHeard.heard(heard),
      ended: (ended) => this.#ended(ended),
    });
    this.#connections.set(connection, socket);
    this.#lastHeard.heard(connection);
    this.tally.open++;
    this.tally.opened++;
    guarded(onProblem, () => onConnection(connection));
  }

  #ended(connection: StreamConnection): void {
    this.#lastHeard.forget(connection);
    this.#connections.delete(connection);
    this.tally.open--;
  }

  /** Node ends the socket by itself, once it has told the peer why. */
  #failed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    // One that left has no address any more, and is counted as gone.
    this.#arrivalOf(socket)?.settle('handshake', error.code ?? 'unknown');
  }

  #arrivalOf({ remoteAddress, remotePort }: TLSSocket): Arrival | undefined {
    if (remoteAddress === undefined || remotePort === undefined) return undefined;
    return this.listener?.byPeer(peerText(remoteAddress, remotePort));
  }
}
