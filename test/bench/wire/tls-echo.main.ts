/** The plainest TLS server of Node.js with the connector's certificate, which asks for none. Prints its port. */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { openCredentials } from '../../../firmware-template/credentials/folder.ts';

const { cert, key } = await (await openCredentials(process.argv[2] ?? '')).server();
const server = createServer({ cert, key }, (socket) => socket.on('error', () => undefined).pipe(socket));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
