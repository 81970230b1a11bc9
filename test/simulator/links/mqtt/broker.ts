/** An MQTT broker in this process, aedes, on a port of its own. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Aedes, type AedesOptions } from 'aedes';

export interface Broker extends AsyncDisposable {
  readonly port: number;
  readonly aedes: Aedes;
  /** Cuts every connection and listens no more; what it held is gone. */
  close(): Promise<void>;
}

export interface BrokerOptions extends AedesOptions {
  /** A port that another had before: any free one if it is left out. */
  readonly port?: number;
  /** With these it speaks TLS. */
  readonly tls?: TlsOptions;
}

export async function startBroker({ port = 0, tls, ...options }: BrokerOptions = {}): Promise<Broker> {
  const aedes = await Aedes.createBroker(options);
  const server: Server = tls === undefined ? createServer(aedes.handle) : createTlsServer(tls, aedes.handle);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, aedes, close, [Symbol.asyncDispose]: close };
}
