/**
 * Boards over UDP: a socket each, another one with each connection, as a board takes a port of its own each time.
 *
 * What the network says of datagrams that nobody takes is no news to a board.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { Wire, WireAddress, WireConnection, WireEvents } from './wire.ts';

/** Resolves when the host's address is known. OutsideError SERVER if it has none. */
export async function udpWire({ host, port }: WireAddress): Promise<Wire> {
  const { address, family } = await addressOf(host);
  const open = new Set<UdpConnection>();
  return {
    connect(_endpoint, events) {
      const socket = createSocket({
        type: family === 6 ? 'udp6' : 'udp4',
        lookup: (name, _options, found) => found(null, name, family),
      });
      const connection = new UdpConnection(socket, events, () => open.delete(connection));
      open.add(connection);
      socket.connect(port, address);
      return connection;
    },
    async close() {
      for (const connection of [...open]) connection.close();
    },
  };
}

/** OutsideError SERVER if it has none. */
export async function addressOf(host: string): Promise<{ readonly address: string; readonly family: number }> {
  try {
    return await lookup(host);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OutsideError('SERVER', `${host} has no address: ${why}`, 'Check the name of the server.', { cause });
  }
}

class UdpConnection implements WireConnection {
  readonly #socket: Socket;
  readonly #onGone: () => void;
  #isOpen = true;

  constructor(socket: Socket, events: WireEvents, onGone: () => void) {
    this.#socket = socket;
    this.#onGone = onGone;
    socket.on('error', () => undefined);
    socket.once('connect', () => this.#isOpen && events.opened());
    socket.on('message', (bytes) => this.#isOpen && events.message(bytes));
  }

  send(bytes: Uint8Array): void {
    if (this.#isOpen) this.#socket.send(bytes, done);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.close();
    this.#onGone();
  }
}

/** A datagram that cannot leave is lost, as any may be. */
function done(): void {}
