/**
 * The server side of websocket handshakes, for whoever has the HTTP server: small frames in, no compression.
 *
 *   new WebSocket(url, ['wss', 'pelion_ak_...']) ─► Sec-WebSocket-Protocol: wss, never the key
 *
 * Clients have nothing to say but pings and pongs; what they send is thrown away, and ws itself ends one that pings without
 * reading the pongs (maxPendingAutoPongs). Source: Pelion OpenAPI of 29 April 2020,
 * `/v2/notification/websocket-connect`.
 */
import { WebSocketServer } from 'ws';

const MOST_CLIENT_BYTES = 4_096;
const PROTOCOL = 'wss';

export function websocketServer(): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MOST_CLIENT_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
}
