/**
 * Boards over TLS as mbed TLS has it in mbed-os-example-client: 1.2, two suites, its own certificate, no server name; one
 * message is one record, so one is written at a time. Neither the server's name nor a session is looked at again.
 */
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { LinkError } from '../client/events.ts';
import { addressOf } from './udp.ts';
import type { Wire, WireAddress, WireConnection, WireEvents } from './wire.ts';

export interface BoardPem {
  readonly cert: string;
  readonly key: string;
  /** Who vouches for the server. */
  readonly authority: string;
}

export interface TlsWireOptions extends WireAddress {
  /** A board's own, by its endpoint name. */
  readonly credentialsOf: (endpoint: string) => BoardPem;
  /** Handshakes at once: each takes milliseconds of a processor here, and seconds of a board's. */
  readonly handshakes?: number;
}

const HANDSHAKES = 64;
const CIPHERS = 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256';

/** Resolves when the host's address is known. OutsideError SERVER if it has none. */
export async function tlsWire(options: TlsWireOptions): Promise<Wire> {
  const { address } = await addressOf(options.host);
  const endpoint = new TlsWire({ ...options, host: address });
  return {
    connect: (name, events) => endpoint.connect(name, events),
    close: () => endpoint.close(),
  };
}

class TlsWire {
  readonly #options: TlsWireOptions;
  readonly #connections = new Set<TlsConnection>();
  readonly #waiting: TlsConnection[] = [];
  #shaking = 0;

  constructor(options: TlsWireOptions) {
    this.#options = options;
  }

  connect(endpoint: string, events: WireEvents): WireConnection {
    const connection = new TlsConnection(events, {
      open: () => this.#socket(endpoint),
      settled: () => {
        this.#shaking -= 1;
        this.#next();
      },
      gone: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    this.#waiting.push(connection);
    queueMicrotask(() => this.#next());
    return connection;
  }

  async close(): Promise<void> {
    for (const connection of [...this.#connections]) connection.close();
  }

  #next(): void {
    while (this.#shaking < (this.#options.handshakes ?? HANDSHAKES) && this.#waiting.length > 0) {
      if (this.#waiting.shift()!.begin()) this.#shaking += 1;
    }
  }

  #socket(endpoint: string): TLSSocket {
    const { host, port, credentialsOf } = this.#options;
    const socket = connect({
      ...{ host, port, secureContext: contextOf(credentialsOf(endpoint)) },
      // Not checked by a board.
      checkServerIdentity: () => undefined,
    });
    return socket.setNoDelay();
  }
}

/** Made for each connection: a thousand that are kept take more memory than boards may. */
function contextOf({ cert, key, authority }: BoardPem): SecureContext {
  return createSecureContext({
    ...{ cert, key, ca: authority, ciphers: CIPHERS },
    ...{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ecdhCurve: 'P-384:P-256' },
  });
}

interface TlsParts {
  readonly open: () => TLSSocket;
  /** The handshake is over, one way or the other. */
  readonly settled: () => void;
  readonly gone: () => void;
}

class TlsConnection implements WireConnection {
  readonly #events: WireEvents;
  readonly #parts: TlsParts;
  readonly #unsent: Uint8Array[] = [];
  #socket: TLSSocket | undefined;
  #isClosed = false;
  #isSettled = false;
  #isWriting = false;
  #isEnding = false;

  constructor(events: WireEvents, parts: TlsParts) {
    [this.#events, this.#parts] = [events, parts];
  }

  /** False: it was closed before its turn came. */
  begin(): boolean {
    if (this.#isClosed) return false;
    let socket: TLSSocket;
    try {
      socket = this.#parts.open();
    } catch {
      // No handshake can come of these credentials.
      queueMicrotask(() => this.#ended('credentials'));
      this.#isSettled = true;
      return false;
    }
    this.#socket = socket;
    let error: NodeJS.ErrnoException | undefined;
    socket.once('secureConnect', () => {
      this.#settle();
      if (!this.#isClosed) this.#events.opened();
    });
    socket.on('data', (bytes) => {
      if (!this.#isClosed) this.#events.message(bytes);
    });
    socket.on('error', (failure) => {
      error = failure;
    });
    socket.once('close', () => {
      const wasSettled = this.#isSettled;
      this.#settle();
      this.#ended(errorOf(error, wasSettled));
    });
    return true;
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#unsent.push(bytes);
    this.#write();
  }

  close(abruptly = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.gone();
    if (abruptly || this.#socket === undefined || this.#unsent.length === 0) this.#end(abruptly);
    else this.#isEnding = true;
  }

  #end(abruptly: boolean): void {
    if (abruptly) this.#socket?.destroy();
    else {
      this.#socket?.end();
      this.#socket?.destroySoon();
    }
  }

  /** The next one when the one before has left: two writes at once may leave as one record. */
  #write(): void {
    if (this.#isWriting || this.#socket === undefined) return;
    const bytes = this.#unsent.shift();
    if (bytes === undefined) {
      if (this.#isEnding) this.#end(false);
      return;
    }
    this.#isWriting = true;
    this.#socket.write(bytes, () => {
      this.#isWriting = false;
      this.#write();
    });
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#parts.settled();
  }

  #ended(error: LinkError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.gone();
    this.#events.closed(error);
  }
}

function errorOf(error: NodeJS.ErrnoException | undefined, wasOpen: boolean): LinkError {
  if (wasOpen) return 'network';
  const code = error?.code ?? '';
  return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || /CERT|SELF_SIGNED|VERIFY/.test(code)
    ? 'secure'
    : 'network';
}
