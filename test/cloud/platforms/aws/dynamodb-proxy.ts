/** Stands between a client and DynamoDB Local, and lets requests go wrong the way a service and a network do. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * pass       as it is
 * throttle   refused, not done
 * conflict   a transaction elsewhere was at the item
 * fail       a 500 without having been done
 * cut        the connection ends before it is done
 * lost       it is done, and the connection ends instead of the answer
 * denied     no permission
 */
export type Fate = 'pass' | 'throttle' | 'conflict' | 'fail' | 'cut' | 'lost' | 'denied';

export interface DynamoDbProxy {
  readonly endpoint: string;
  /** Decides for each request, by the operation's name. */
  decide: (operation: string) => Fate;
  /** Operations that came, in order. */
  readonly seen: string[];
  close(): Promise<void>;
}

export async function dynamoDbProxy(target: string): Promise<DynamoDbProxy> {
  const server = createServer((incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    proxy.seen.push(operation);
    const fate = proxy.decide(operation);
    if (fate === 'pass' || fate === 'lost') forward(target, incoming, outgoing, fate === 'lost');
    else if (fate === 'cut') incoming.socket.destroy();
    else refuse(incoming, outgoing, ERRORS[fate]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: DynamoDbProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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

const ERRORS = {
  throttle: [400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'],
  conflict: [400, 'com.amazonaws.dynamodb.v20120810#TransactionConflictException'],
  fail: [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'],
  denied: [400, 'com.amazon.coral.service#AccessDeniedException'],
} as const;

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, [status, type]: readonly [number, string]): void {
  incoming.resume();
  incoming.on('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    outgoing.end(JSON.stringify({ __type: type, message: 'as the test wants it' }));
  });
}

function forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse, lose: boolean): void {
  const sent = request(target, { method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
    if (lose) {
      answer.resume();
      answer.on('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  sent.on('error', () => incoming.socket.destroy());
  incoming.pipe(sent);
}
