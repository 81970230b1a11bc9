/**
 * AWS IoT Core on this machine: an MQTT broker with its limits, and the one rule that hands messages to the function.
 *
 * A message of the rule's is acknowledged when it is held for the function, not when it was counted, as in AWS. What finds
 * no room waits, and its sender with it. There is no TLS and no policy: it listens on loopback alone.
 */
import { createServer, type Socket } from 'node:net';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import { OutsideError } from '../../../../protocol/errors.ts';
import { whyNotConnected, whyNotPublished } from './limits.ts';
import { type RuleEvent, ruleEvent } from './rule.ts';

export interface BrokerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Resolves when the event is held. */
  readonly offer: (event: RuleEvent) => Promise<void>;
  readonly log: (line: string) => void;
}

export interface Broker {
  /** Like `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** OutsideError PORT if it cannot listen. */
export async function startBroker({ port, offer, log }: BrokerOptions): Promise<Broker> {
  const broker = await Aedes.createBroker({
    // Wills come here, too.
    authorizePublish: (client, packet, callback) => {
      take(client, packet).then(
        () => callback(),
        (error: Error) => callback(error),
      );
    },
    authorizeSubscribe: (_client, subscription, callback) =>
      callback(null, { ...subscription, qos: subscription.qos === 0 ? 0 : 1 }),
    preConnect: (_client, { clientId }, callback) => {
      const why = whyNotConnected(clientId);
      if (why !== undefined) log(`a connection is refused: ${why}`);
      callback(why === undefined ? null : new Error(why), why === undefined);
    },
  });
  const take = async (client: Client | null, packet: PublishPacket): Promise<void> => {
    const why = whyNotPublished(packet);
    if (why !== undefined) {
      log(`the connection of ${JSON.stringify(client?.id)} is ended: ${why}`);
      throw new Error(why);
    }
    const event = ruleEvent(packet.topic, Buffer.from(packet.payload));
    if (event !== undefined) await offer(event);
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  const bound = await listen(server, port).catch((error: unknown) => {
    broker.close();
    throw error;
  });
  return {
    url: `mqtt://127.0.0.1:${bound}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program has the port' : (error.code ?? error.message);
      const message = `cannot listen on 127.0.0.1:${port}: ${why}`;
      reject(new OutsideError('PORT', message, 'Give another --mqtt-port; 0 takes any free one.', { cause: error }));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
