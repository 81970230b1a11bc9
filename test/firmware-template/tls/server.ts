/** A server for boards, as Node has it: TLS that asks for a certificate, and shows what each board was and said. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';

export interface BoardServer extends AsyncDisposable {
  readonly port: number;
  /** The next board that finished its handshake. */
  connected(): Promise<TLSSocket>;
}

/** Listens on a free port of this machine. */
export async function startServer(options: TlsOptions): Promise<BoardServer> {
  const server = createServer({ requestCert: true, rejectUnauthorized: true, ...options });
  // The board's side of a failed handshake is what tests look at.
  server.on('tlsClientError', () => {});
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  const waiting = on(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connected: waiting,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function on(server: ReturnType<typeof createServer>): () => Promise<TLSSocket> {
  const arrived: TLSSocket[] = [];
  let look = (): void => {};
  server.on('secureConnection', (socket) => {
    arrived.push(socket);
    look();
  });
  return async () => {
    for (;;) {
      const socket = arrived.shift();
      if (socket !== undefined) return socket;
      await new Promise<void>((resolve) => {
        look = resolve;
      });
    }
  };
}

/** Writes one after the other, each when the one before is out: so each is a record of its own. */
export async function writeEach(socket: TLSSocket, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) {
    await new Promise<void>((resolve, reject) => {
      socket.write(message, (error) => (error == null ? resolve() : reject(error)));
    });
  }
}
