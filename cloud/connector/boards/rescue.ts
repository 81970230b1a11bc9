/**
 * Boards that are locked up: with its resend queue full of what was not acknowledged, a board sends nothing on a new
 * connection, for ever. Acknowledgements of what it may hold make room; it connects again, and works.
 *
 *   silent, TLS ─► whose certificate it is ─┬─ it spoke on another one meanwhile ─► closed: it is not locked up
 *                                           └─ else the one before is dead ─► acknowledgements, both closed
 *   silent, plain TCP ─► the boards that were last at its address, and spoke nowhere meanwhile: ─┬─ one ─► acknowledgements, closed
 *                        those that are registered, or else those that were                      └─ more ─► told, and left alone
 */
import { encodeMessage } from '../../protocol/coap/message.ts';
import type { World } from '../../protocol/coap/world.ts';
import { hostOf } from '../transports/address.ts';
import type { Connection } from '../transports/connection.ts';
import type { Board } from './board.ts';
import type { BoardChange } from './boards.ts';
import type { Directory } from './directory.ts';
import type { OnRefused } from './refused.ts';

export interface RescueParts {
  readonly world: Pick<World, 'after'>;
  readonly directory: Pick<Directory, 'get' | 'all'>;
  readonly changed: (change: BoardChange) => void;
  readonly onTrouble: (endpoint: string, trouble: string) => void;
  readonly onRefused: OnRefused;
}

/**
 * Messages that may wait in a board's resend queue around the last one that was seen: acknowledgements of those before may
 * have been lost. A Message ID from before a restart may be a second old.
 */
const LOCKED_UP = { before: 8, after: 68 } as const;
const NOTHING = new Uint8Array(0);
/** On plain TCP a board drops what it reads together with another message. */
const APART_MS = 50;

export class Rescue {
  readonly #parts: RescueParts;

  constructor(parts: RescueParts) {
    this.#parts = parts;
  }

  /** A connection with a certificate on which nothing was said since `sinceMs`, of the clock that never goes back. */
  silent(connection: Connection, sinceMs: number): void {
    const { identity, peer } = connection;
    if (identity === undefined) return;
    const { directory, onTrouble, onRefused } = this.#parts;
    const board = directory.get(identity.endpoint);
    if (board === undefined) {
      onTrouble(identity.endpoint, 'it is connected and says nothing: press its RESET button');
    } else if (speaks(board, sinceMs)) {
      onRefused('silence', peer, `${board.endpoint} speaks on another connection`);
    } else {
      // A cable that was pulled ends nothing here: the newer one is the board's, as its certificate says.
      board.session?.connection.close();
      this.#tell(board);
      for (const bytes of acknowledgements(board)) connection.send(bytes);
    }
    connection.close();
  }

  /**
   * A connection over plain TCP on which nothing was said since `sinceMs`: whether it was taken, to be closed later. Nobody
   * can say whose it is, so nothing is taken from anybody: the connection of before stays until its board registers again.
   */
  nameless(connection: Connection, sinceMs: number): boolean {
    const { world, directory, onRefused } = this.#parts;
    const address = hostOf(connection.peer);
    const silent = [...directory.all()].filter((known) => tcpAddressOf(known) === address && !speaks(known, sinceMs));
    // A board that is away for longer than its lifetime is not registered any more.
    const registered = silent.filter((known) => known.registered !== undefined);
    const [board, ...others] = registered.length > 0 ? registered : silent;
    if (board === undefined) return false;
    if (others.length > 0) {
      const why = `any of ${others.length + 1} boards at its address may be locked up: press the RESET of those that are silent`;
      onRefused('silence', connection.peer, why);
      return false;
    }
    this.#tell(board);
    const all = acknowledgements(board);
    for (const [index, bytes] of all.entries()) world.after(index * APART_MS, () => connection.send(bytes));
    world.after(all.length * APART_MS, () => connection.close());
    return true;
  }

  #tell(board: Board): void {
    const { changed, onTrouble } = this.#parts;
    board.silences += 1;
    board.trouble =
      board.silences === 1 ? 'it was locked up, and is being freed' : 'it is locked up: press its RESET button';
    onTrouble(board.endpoint, board.trouble);
    changed({ endpoint: board.endpoint, what: 'connection' });
  }
}

/** Where it was last, by plain TCP. */
function tcpAddressOf({ registered, leftAddress }: Board): string | undefined {
  if (registered === undefined) return leftAddress;
  return registered.transport === 'tcp' ? registered.address : undefined;
}

/** On the connection that it has, since then. */
function speaks({ session }: Board, sinceMs: number): boolean {
  return session !== undefined && session.heardMs >= sinceMs;
}

/** Empty ones (RFC 7252 §4.2), in the order of what they acknowledge; none of a board that was never heard. */
function acknowledgements({ lastMessageId }: Board): Uint8Array[] {
  if (lastMessageId === undefined) return [];
  const { before, after } = LOCKED_UP;
  return Array.from({ length: before + after }, (_, index) => {
    const messageId = (lastMessageId - before + 1 + index + 0x1_0000) % 0x1_0000;
    return encodeMessage({ type: 'ACK', code: 0, messageId, token: NOTHING, options: [], payload: NOTHING });
  });
}
