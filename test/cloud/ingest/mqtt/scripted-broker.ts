/** Answers as a broker of MQTT 5 would that no library plays: bytes, by hand. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface Script {
  readonly connack?: readonly number[];
  /** The reason code of a SUBACK: a QoS, or a refusal from 128. */
  readonly granted?: number;
  /** Sent after the SUBACK; then the connection ends. */
  readonly last?: readonly number[];
}

const [CONNECT, SUBSCRIBE] = [0x10, 0x82];

export async function scripted({ connack = [0x20, 3, 0, 0, 0], granted = 1, last }: Script) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // Each of the two comes alone, as the client waits for answers.
    socket.on('data', (data) => {
      if (data[0] === CONNECT) socket.write(Buffer.from(connack));
      if (data[0] !== SUBSCRIBE) return;
      // Short enough that the remaining length is one byte.
      socket.write(Buffer.of(0x90, 4, data[2]!, data[3]!, 0, granted));
      if (last !== undefined) socket.end(Buffer.from(last));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
