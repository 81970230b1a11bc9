/** The plainest UDP server of Node.js: what comes goes back. Prints its port. */
import { createSocket } from 'node:dgram';

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 ** 2 });
socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address));
socket.bind(0, '127.0.0.1', () => process.stdout.write(`${socket.address().port}\n`));
