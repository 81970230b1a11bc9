/** Stands between a client and a server of any protocol over TCP, and lets the network go down, or become slow. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections so far. */
  connections: number;
  /** Bytes that clients have said so far, arrived or not. */
  said: number;
  /** Breaks all connections, and each new one, until `up`. */
  down(): void;
  /** Each piece, in either direction, arrives so many milliseconds later; in order all the same. */
  slow(ms: number): void;
  /** As if nothing had been: what was on its way arrives. */
  up(): void;
  close(): Promise<void>;
}

export async function tcpProxy(target: number): Promise<TcpProxy> {
  let [isDown, delay] = [false, 0];
  const sockets = new Set<Socket>();
  const hurry = new Set<() => void>();

  const carry = (from: Socket, to: Socket): void => {
    let before = Promise.resolve();
    const later = (work: () => void): void => {
      const time = delay;
      const arrival =
        time === 0
          ? Promise.resolve()
          : new Promise<void>((resolve) => {
              const now = (): void => {
                clearTimeout(timer);
                hurry.delete(now);
                resolve();
              };
              const timer = setTimeout(now, time);
              hurry.add(now);
            });
      before = before.then(() => arrival).then(work);
    };
    from.on('data', (piece) => later(() => void (to.destroyed || to.write(piece))));
    from.on('end', () => later(() => void to.end()));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    proxy.connections += 1;
    if (isDown) {
      client.on('error', () => undefined).destroy();
      return;
    }
    client.on('data', ({ length }) => {
      proxy.said += length;
    });
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      carry(one, other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    connections: 0,
    said: 0,
    down() {
      isDown = true;
      for (const socket of sockets) socket.destroy();
    },
    slow(ms) {
      delay = ms;
    },
    up() {
      [isDown, delay] = [false, 0];
      for (const now of hurry) now();
    },
    async close() {
      this.down();
      for (const now of hurry) now();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
