/**
 * A board and its connection, which opens when the board has something to say, as a rule its registration, and stays.
 *
 * A board that rebooted lost its power: its connection ends without DISCONNECT, so that the broker publishes the will, and
 * a new one begins. A real broker notices at the same moment, when the board's new connection takes the old one's place.
 */
import type { Connection, Failure, Sent } from './connection.ts';
import type { BoardMessage } from './message.ts';
import { PUBLISHES_A_SECOND } from './rules.ts';

export interface LineParts {
  readonly connect: () => Promise<Connection | Failure>;
  /** Milliseconds. */
  readonly now: () => number;
  /** Settles after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Told the number of copies before they are published. */
  readonly onPublish: (copies: number) => void;
}

export class BoardLine {
  readonly #parts: LineParts;
  #connection: Connection | undefined;
  #boot: number | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /**
   * Publishes a message once, or two copies at once; what came of each. Copies share the connection, as a second client
   * id is not the board's to use and a second connection under its own would end the first: both are under way before
   * either is answered. `cut`: the connection is cut when the answer arrives.
   */
  async send(
    { boot, payload }: BoardMessage,
    { copies, cut }: { readonly copies: number; readonly cut: boolean },
  ): Promise<readonly Sent[]> {
    const connection = await this.#connectionOf(boot);
    if ('kind' in connection) return [connection];
    await this.#due(copies);
    this.#parts.onPublish(copies);
    const sending = Array.from({ length: copies }, () => connection.publish(payload, { cut }));
    return await Promise.all(sending);
  }

  async #connectionOf(boot: number): Promise<Connection | Failure> {
    if (this.#boot !== boot) this.#connection?.cut();
    this.#boot = boot;
    if (this.#connection?.open === true) return this.#connection;
    const opened = await this.#parts.connect();
    this.#connection = 'kind' in opened ? undefined : opened;
    return opened;
  }

  async #due(copies: number): Promise<void> {
    const now = this.#parts.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + (copies * 1_000) / PUBLISHES_A_SECOND;
    if (at > now) await this.#parts.sleep(at - now);
  }
}
