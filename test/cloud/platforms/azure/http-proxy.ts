/** Stands between a client and an HTTP service, and lets requests go wrong the way a service and a network do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * pass       as it is
 * throttle   503, not done
 * fail       500, not done
 * cut        the connection ends before it is done
 * lost       it is done, and the connection ends instead of the answer
 * late       it is done, and the answer is 503
 * denied     403
 */
export type Fate = 'pass' | 'throttle' | 'fail' | 'cut' | 'lost' | 'late' | 'denied';

export interface HttpProxy {
  readonly port: number;
  /** Decides for each request, like `POST /mts/$batch`. */
  decide: (request: string) => Fate;
  /** Requests that came, in order. */
  readonly seen: string[];
  close(): Promise<void>;
}

const STATUS = { throttle: 503, fail: 500, denied: 403 } as const;

/** `target`: like `http://127.0.0.1:10002`. */
export async function httpProxy(target: string): Promise<HttpProxy> {
  const server = createServer((incoming, outgoing) => {
    const what = `${incoming.method} ${incoming.url}`;
    proxy.seen.push(what);
    const fate = proxy.decide(what);
    if (fate === 'pass' || fate === 'lost' || fate === 'late') forward(target, incoming, outgoing, fate);
    else if (fate === 'cut') incoming.socket.destroy();
    else {
      incoming.resume().on('end', () => outgoing.writeHead(STATUS[fate]).end());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: HttpProxy = {
    port: (server.address() as AddressInfo).port,
    decide: () => 'pass',
    seen: [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

function forward(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fate: 'pass' | 'lost' | 'late',
): void {
  const { method, url, headers } = incoming;
  const sent = request(new URL(url ?? '/', target), { method, headers }, (answer) => {
    if (fate !== 'pass') {
      answer.resume().on('end', () => (fate === 'lost' ? incoming.socket.destroy() : outgoing.writeHead(503).end()));
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on('error', () => incoming.socket.destroy());
  incoming.pipe(sent);
}
