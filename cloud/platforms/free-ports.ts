/** Ports of loopback that nothing listens on, for servers that have to be told theirs. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { OutsideError } from '../protocol/errors.ts';

const HOST = '127.0.0.1';
const TRIES = 3;

/**
 * One for each that is wanted, 0 for any free one; all are held until they are known, so that they differ. OutsideError PORT if one that
 * was named is taken.
 */
export async function freePorts<const Wanted extends readonly number[]>(
  wanted: Wanted,
): Promise<{ -readonly [Index in keyof Wanted]: number }> {
  const servers = wanted.map((port) => createServer().listen(port, HOST));
  const ports: number[] = [];
  for (const [index, server] of servers.entries()) {
    try {
      if (!server.listening) await once(server, 'listening');
    } catch (cause) {
      for (const other of servers) other.close();
      throw new OutsideError('PORT', `port ${wanted[index]} is taken`, 'Give another port, or 0.', { cause });
    }
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports as { -readonly [Index in keyof Wanted]: number };
}

/**
 * What `start` starts on ports that it found free, tried again when another program was quicker to take one of them. Rejects as
 * `start` does.
 */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === TRIES || !(error instanceof OutsideError) || !IN_USE.test(error.message)) throw error;
    }
  }
}

/** EADDRINUSE in the words of Node.js, Python and Go. */
const IN_USE = /EADDRINUSE|address already in use/i;
