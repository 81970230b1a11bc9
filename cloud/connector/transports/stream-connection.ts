/**
 * A connection over a stream: TLS or plain TCP.
 *
 *   'data' ─► framing ─► onMessage          send ─► queue ─► one write ─► its callback ─► the next
 *
 * One write at a time: node:tls makes one record of all that waits, and a board takes a record for one message. For the same
 * reason the stream always flows, is never paused and never iterated: what waited would come in one piece.
 */
import type { Socket } from 'node:net';
import type { World } from '../../protocol/coap/world.ts';
import {
  type BoardIdentity,
  type Connection,
  guarded,
  ignore,
  type Refusal,
  type TransportName,
  type TransportOptions,
} from './connection.ts';
import type { Framing } from './framing.ts';
import type { Tally } from './tally.ts';

export interface StreamParts {
  readonly id: string;
  readonly peer: string;
  readonly transport: TransportName;
  readonly identity?: BoardIdentity;
  /** A TLSSocket is one. */
  readonly socket: Socket;
  readonly framing: Framing;
  readonly mostBytes: number;
  /** As StreamLimits have them. */
  readonly waitingBytes: number;
  readonly flushMs: number;
  readonly world: World;
  readonly tally: Tally;
  readonly onProblem: TransportOptions['onProblem'];
  /** Counts why it was refused. */
  readonly settle: (reason: Refusal, detail: string) => void;
  /** Something came. */
  readonly heard: (connection: StreamConnection) => void;
  /** No message comes any more. */
  readonly ended: (connection: StreamConnection) => void;
}

/** What a message that waits costs beside its bytes. */
const WAITING_OVERHEAD_BYTES = 64;

export class StreamConnection implements Connection {
  readonly id: string;
  readonly peer: string;
  readonly transport: TransportName;
  declare readonly identity?: BoardIdentity;
  readonly mostBytes: number;
  onMessage: Connection['onMessage'] = ignore;
  onClose: Connection['onClose'] = ignore;
  readonly #parts: StreamParts;
  readonly #queue: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing = false;
  #open = true;

  /** Messages come from now on, in a later turn. */
  constructor(parts: StreamParts) {
    const { id, peer, transport, identity, mostBytes, socket } = parts;
    this.id = id;
    this.peer = peer;
    this.transport = transport;
    if (identity !== undefined) this.identity = identity;
    this.mostBytes = mostBytes;
    this.#parts = parts;
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('end', () => this.#theirEnd());
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    socket.on('close', () => this.#end('the connection was lost'));
  }

  send(message: Uint8Array): void {
    const { framing, waitingBytes, tally } = this.#parts;
    if (message.length > this.mostBytes)
      throw new RangeError(`${message.length} bytes, the limit is ${this.mostBytes}`);
    if (!this.#open) {
      tally.unsent++;
      return;
    }
    const bytes = framing.write(message);
    this.#waitingBytes += bytes.length + WAITING_OVERHEAD_BYTES;
    if (this.#waitingBytes > waitingBytes) {
      tally.unsent++;
      this.refuse('slow-reader', `${waitingBytes} bytes wait for it`);
      return;
    }
    this.#queue.push(bytes);
    this.#writeNext();
  }

  close(): void {
    if (!this.#open) return;
    this.#end('closed by the connector', true);
    const { world, flushMs, socket } = this.#parts;
    const timer = world.after(flushMs, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    if (!this.#writing) socket.destroySoon();
  }

  /** Counts why, and ends it at once; nothing if it has ended. */
  refuse(reason: Refusal, detail: string): void {
    if (!this.#open) return;
    this.#parts.settle(reason, detail);
    this.#end(detail);
    this.#parts.socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (!this.#open) return;
    const { framing, heard } = this.#parts;
    heard(this);
    this.#refusingBytes(() => framing.read(chunk, this.#deliver));
  }

  /** One for all messages. */
  readonly #deliver = (message: Uint8Array): void => {
    // The message before may have had the caller close.
    if (!this.#open) return;
    this.#parts.tally.received++;
    guarded(this.#parts.onProblem, () => this.onMessage(message));
  };

  #theirEnd(): void {
    if (!this.#open) return;
    this.#refusingBytes(() => this.#parts.framing.end());
    this.#end('closed by the peer');
    this.#parts.socket.destroySoon();
  }

  /** Framing has one error: bytes that can be no message. */
  #refusingBytes(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.refuse('bytes', (error as Error).message);
    }
  }

  #writeNext(): void {
    if (this.#writing) return;
    const bytes = this.#queue.shift();
    if (bytes === undefined) return;
    this.#writing = true;
    this.#parts.socket.write(bytes, (error) => this.#written(bytes, error));
  }

  #written(bytes: Uint8Array, error: Error | null | undefined): void {
    const { tally, socket } = this.#parts;
    this.#writing = false;
    this.#waitingBytes -= bytes.length + WAITING_OVERHEAD_BYTES;
    if (error) {
      tally.unsent++;
      this.#forgetQueue();
      return;
    }
    tally.sent++;
    this.#writeNext();
    if (!this.#open && !this.#writing) socket.destroySoon();
  }

  #end(why: string, flushing = false): void {
    if (!this.#open) return;
    this.#open = false;
    if (!flushing) this.#forgetQueue();
    this.#parts.ended(this);
    guarded(this.#parts.onProblem, () => this.onClose(why));
  }

  #forgetQueue(): void {
    this.#parts.tally.unsent += this.#queue.length;
    this.#queue.length = 0;
  }
}
