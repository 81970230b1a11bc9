/** Transports that listen on this machine for a test, and what they tell. */
import type {
  Connection,
  Refusal,
  Transport,
  TransportOptions,
} from '../../../../cloud/connector/transports/connection.ts';
import { VirtualWorld } from '../../protocol/coap/virtual-world.ts';
import { Coming } from './coming.ts';

/** A connection, and what came over it. */
export interface Spoken {
  readonly connection: Connection;
  readonly messages: Coming<Uint8Array>;
  readonly closed: Coming<string>;
}

export interface Refused {
  readonly reason: Refusal;
  readonly peer: string;
  readonly detail: string;
}

export class Listening<T extends Transport> implements AsyncDisposable {
  readonly world = new VirtualWorld();
  readonly spoken = new Coming<Spoken>();
  readonly refused = new Coming<Refused>();
  readonly problems: unknown[] = [];
  transport!: T;

  /** Set before connections come: told of each message, beside `messages`. */
  onMessage: (connection: Connection, bytes: Uint8Array) => void = () => {};

  static async by<T extends Transport>(listen: (options: TransportOptions) => Promise<T>): Promise<Listening<T>> {
    const listening = new Listening<T>();
    listening.transport = await listen({
      host: '127.0.0.1',
      port: 0,
      world: listening.world,
      onConnection: (connection) => listening.#spoken(connection),
      onRefused: (reason, peer, detail) => listening.refused.push({ reason, peer, detail }),
      onProblem: (problem) => listening.problems.push(problem),
    });
    return listening;
  }

  get port(): number {
    return this.transport.address.port;
  }

  /** Numbers of refusals, by reason. */
  get reasons(): TransportReasons {
    return this.transport.counts.refused;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close();
  }

  #spoken(connection: Connection): void {
    const spoken: Spoken = { connection, messages: new Coming(), closed: new Coming() };
    connection.onMessage = (bytes) => {
      spoken.messages.push(bytes);
      this.onMessage(connection, bytes);
    };
    connection.onClose = spoken.closed.push;
    this.spoken.push(spoken);
  }
}

type TransportReasons = Transport['counts']['refused'];

/** A message that CoAP could have: its header's version is right, and it has this length. */
export function message(length: number, fill = 0x61): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  bytes[0] = 0x40;
  return bytes;
}

/** Until what is asked for is so; each time the event loop went round. For what tells of itself in no other way. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
