/**
 * Boards over plain TCP: each message behind its length, four bytes. A board takes one message a read and drops what is not
 * one: kept, because a service has to live with it (mbed-client-classic m2mconnectionhandlerpimpl.cpp).
 */
import { connect, type Socket } from 'node:net';
import { addressOf } from './udp.ts';
import type { Wire, WireAddress, WireConnection, WireEvents } from './wire.ts';

const LENGTH_BYTES = 4;

/** Resolves when the host's address is known. OutsideError SERVER if it has none. */
export async function tcpWire({ host, port }: WireAddress): Promise<Wire> {
  const { address } = await addressOf(host);
  const open = new Set<TcpConnection>();
  return {
    connect(_endpoint, events) {
      const socket = connect({ host: address, port, noDelay: true });
      const connection = new TcpConnection(socket, events, () => open.delete(connection));
      open.add(connection);
      return connection;
    },
    async close() {
      for (const connection of [...open]) connection.close();
    },
  };
}

class TcpConnection implements WireConnection {
  readonly #socket: Socket;
  readonly #onGone: () => void;
  #isClosed = false;

  constructor(socket: Socket, events: WireEvents, onGone: () => void) {
    this.#socket = socket;
    this.#onGone = onGone;
    socket.once('connect', () => this.#isClosed || events.opened());
    socket.on('data', (bytes) => this.#isClosed || this.#read(bytes, events));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      onGone();
      events.closed('network');
    });
  }

  send(bytes: Uint8Array): void {
    const framed = Buffer.alloc(LENGTH_BYTES + bytes.length);
    framed.writeUInt32BE(bytes.length);
    framed.set(bytes, LENGTH_BYTES);
    if (!this.#isClosed) this.#socket.write(framed);
  }

  close(abruptly = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onGone();
    if (abruptly) this.#socket.resetAndDestroy();
    else this.#socket.end();
  }

  #read(bytes: Buffer, events: WireEvents): void {
    if (bytes.length < LENGTH_BYTES || bytes.readUInt32BE() !== bytes.length - LENGTH_BYTES) return;
    events.message(bytes.subarray(LENGTH_BYTES));
  }
}
