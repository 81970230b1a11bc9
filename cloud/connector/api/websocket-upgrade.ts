/**
 * GET /v2/notification/websocket-connect: the key comes as a header, or where a browser has none, as a protocol:
 * `Sec-WebSocket-Protocol: wss,pelion_ak_…` (Pelion OpenAPI of 29 April 2020).
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import { websocketServer } from '../channels/websocket/server.ts';
import { tellRefusedKey } from '../keys/refused-key.ts';
import { bearerOf } from './bearer.ts';
import type { ApiParts } from './parts.ts';

const PATH = /^(\/v2)?\/notification\/websocket-connect\/?(\?.*)?$/;
const PROTOCOL_KEY = /(?:^|,)\s*pelion_([\x21-\x2b\x2d-\x7e]{1,256})\s*(?:,|$)/;

/** Takes upgrades of the server from now on. One to anything else is an ordinary request, or with a Node.js that asks nobody, 404. */
export function takeWebsockets(server: Server, { keys, channels, notices }: ApiParts): void {
  const sockets: WebSocketServer = websocketServer();
  // Java's own client, for one, offers HTTP/2 that way with every first request.
  const shouldUpgradeCallback = ({ url }: IncomingMessage): boolean => PATH.test(url ?? '');
  Object.assign(server, { shouldUpgradeCallback });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!PATH.test(request.url ?? '')) return answer(socket, '404 Not Found');
    const text = keyOf(request);
    const checked = keys.check(text ?? '');
    if (typeof checked === 'string') {
      tellRefusedKey(notices, { text, checked, peer: request.socket.remoteAddress });
      return answer(socket, '401 Unauthorized');
    }
    if (channels.websocket(checked.id) === undefined) return answer(socket, '400 Bad Request');
    sockets.handleUpgrade(request, socket, head, (opened) => channels.connect(checked.id, opened));
  });
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  return bearerOf(headers.authorization) ?? PROTOCOL_KEY.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
}

function answer(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
