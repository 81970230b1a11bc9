/** A function behind the Functions Framework's own server, as Google runs it, on a free port of loopback. */
import type { AddressInfo } from 'node:net';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { OutsideError } from '../../../protocol/errors.ts';
import { takeAnyContent } from '../handlers/any-content.ts';
import type { HttpFunction } from '../handlers/http.ts';
import type { Served } from './http.ts';

let hosted = 0;

/** OutsideError PORT when it cannot listen. */
export async function hostFunction(handler: HttpFunction): Promise<Served> {
  hosted += 1;
  // The framework keeps functions by name, for as long as the process lives.
  const name = `mts-${hosted}`;
  http(name, handler);
  const server = getTestServer(name);
  const end = takeAnyContent(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const message = `cannot listen on loopback: ${error.message}`;
      reject(new OutsideError('PORT', message, 'See what keeps it from doing so.', { cause: error }));
    });
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      end();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
