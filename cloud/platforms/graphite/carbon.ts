/**
 * One TCP connection to carbon, which is opened when there is something to say, kept, and opened again after it broke.
 *
 * carbon answers nothing and acknowledges nothing. What is resolved here says that the bytes left this process, no more;
 * and whoever sent them over a connection that is not the present one any more does not even know that they arrived.
 */
import { connect, type Socket } from 'node:net';
import { OutsideError } from '../../protocol/errors.ts';
import { pickleFrames } from './carbon-pickle.ts';
import { textPieces } from './carbon-text.ts';
import type { Point } from './metric.ts';

export type CarbonProtocol = 'plaintext' | 'pickle';

export interface CarbonOptions {
  readonly host: string;
  readonly port: number;
  readonly protocol: CarbonProtocol;
  /** Rejects when the signal is given. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Which connection something was sent over. */
export type Via = number;

const PIECES = { plaintext: textPieces, pickle: pickleFrames } as const;
/** Waits between tries to connect: 100 ms, twice as long each time. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [100, 2_000];
/** After so many tries, in five seconds, carbon is down. */
const TRIES = 7;
const KEEP_ALIVE_MS = 10_000;

export class Carbon {
  readonly #options: CarbonOptions;
  #socket: Socket | undefined;
  #via: Via = 0;
  /** The last piece that was written, until it is with the operating system or the connection has ended. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: CarbonOptions) {
    this.#options = options;
  }

  get address(): string {
    const { host, port } = this.#options;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /**
   * Sends points, each piece when the one before has left, so that no more than that waits here for a carbon that reads slowly.
   * OutsideError SERVER if it cannot be reached, the connection breaks, or the signal is given.
   */
  async send(points: Iterable<Point>, signal: AbortSignal): Promise<Via> {
    try {
      // What became of the piece before is no matter of these; only it must not be in front of them any more.
      await ended(
        this.#leaving.catch(() => undefined),
        signal,
      );
      const socket = this.#socket?.destroyed === false ? this.#socket : await this.#open(signal);
      const via = this.#via;
      for (const piece of PIECES[this.#options.protocol](points)) {
        this.#leaving = written(socket, piece);
        this.#leaving.catch(() => undefined);
        await ended(this.#leaving, signal);
      }
      return via;
    } catch (error) {
      throw this.#down(error, signal);
    }
  }

  /** Whether what was sent over this connection may still be on its way. */
  isOpen(via: Via): boolean {
    return this.#socket?.destroyed === false && via === this.#via;
  }

  /** Ends the connection without waiting for anything: the next points go over another. */
  drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#leaving = Promise.resolve();
  }

  /** Ends it in good order: what was sent is delivered if carbon still reads. */
  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.destroySoon();
      if (socket.writableLength > 0) socket.destroy();
    });
  }

  async #open(signal: AbortSignal): Promise<Socket> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connect(signal);
      } catch (error) {
        if (attempt === TRIES) throw error;
        await this.#options.sleep(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS), signal);
      }
    }
  }

  #connect(signal: AbortSignal): Promise<Socket> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
      const abort = (): void => void socket.destroy(new Error('it took too long to connect'));
      signal.addEventListener('abort', abort, { once: true });
      socket.on('connect', () => {
        signal.removeEventListener('abort', abort);
        this.#via += 1;
        this.#socket = socket;
        resolve(socket);
      });
      socket.on('error', reject);
      socket.on('close', () => {
        signal.removeEventListener('abort', abort);
        if (this.#socket === socket) this.#socket = undefined;
        reject(new Error('the connection ended'));
      });
      // It says nothing; but only who reads sees the end.
      socket.resume();
    });
  }

  #down(error: unknown, signal: AbortSignal): OutsideError {
    const { protocol } = this.#options;
    const code = (error as NodeJS.ErrnoException).code;
    const why = signal.aborted ? 'it took nothing more in time' : (code ?? (error as Error).message);
    return new OutsideError(
      'SERVER',
      `carbon at ${this.address} (${protocol}) cannot be told: ${why}`,
      'See that carbon-cache runs, and that the port is the one of this protocol.',
      { cause: error },
    );
  }
}

/** Resolves when the operating system has it; rejects when the connection ends first. */
function written(socket: Socket, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const close = (): void => reject(new Error('the connection ended'));
    socket.once('close', close);
    socket.write(piece, (error) => {
      socket.off('close', close);
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/** Waits for it until the signal is given. */
async function ended(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
