/** Starts the HTTP server that `up`, `ingest` and `page` share, and tells what keeps it from listening. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OutsideError } from '../cloud/protocol/errors.ts';

export interface Served {
  /** Like `http://127.0.0.1:8080`, without a slash at its end. */
  readonly origin: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The option that the port was given by; `--port` if it is left out. */
  readonly option?: string;
}

/** Listens; OutsideError PORT says who is in the way. */
export async function serve(app: FastifyInstance, { host, port, option = '--port' }: Address): Promise<Served> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'another program has the port' : (code ?? String(error));
    const ofHost = code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || code === 'EAI_AGAIN';
    const fix = ofHost ? 'Give an address of this machine to --host.' : `Give another ${option}; 0 takes any free one.`;
    throw new OutsideError('PORT', `cannot listen on ${host}:${port}: ${why}`, fix, { cause: error });
  }
  const address = app.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { origin: `http://${name}:${address.port}` };
}

/** Resolves when the signal is given. */
export function given(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
