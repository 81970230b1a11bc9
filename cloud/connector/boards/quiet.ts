/**
 * Boards that should have spoken: a tick of 15 s is more than a second past, and nothing came.
 *
 *   quiet ─► read what it is watched for ─┬─ an answer, over a stream ─► closed: it connects again, and works
 *                                         └─ no answer: it is gone, which its lifetime tells
 *
 * mbed-client that found no place for its update in its resend queue stops, still answers, and has a hard fault at the next
 * tick. Only boards that list the example's timer are known to speak that often; others are left in peace.
 */
import type { Timer, World } from '../../protocol/coap/world.ts';
import { TIMER_PATH } from '../../protocol/paths.ts';
import type { Board } from './board.ts';

export interface QuietParts {
  readonly world: Pick<World, 'now' | 'after'>;
  readonly quietMs: number;
  /** Resolves to whether it answered. */
  readonly read: (board: Board) => Promise<boolean>;
  readonly onTrouble: (endpoint: string, trouble: string) => void;
  readonly onProblem: (problem: unknown) => void;
}

export class QuietBoards {
  readonly #parts: QuietParts;
  readonly #timers = new Map<Board, Timer>();

  constructor(parts: QuietParts) {
    this.#parts = parts;
  }

  /** It spoke, and is expected to again. */
  expect(board: Board): void {
    if (this.#timers.has(board)) return;
    if (board.registered?.resources.some(({ path }) => path === TIMER_PATH) !== true) return;
    this.#wait(board, this.#parts.quietMs);
  }

  forget(board: Board): void {
    this.#timers.get(board)?.cancel();
    this.#timers.delete(board);
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #wait(board: Board, ms: number): void {
    this.#timers.set(
      board,
      this.#parts.world.after(ms, () => void this.#look(board).catch(this.#parts.onProblem)),
    );
  }

  async #look(board: Board): Promise<void> {
    const { world, quietMs, read, onTrouble } = this.#parts;
    const { session } = board;
    if (session === undefined) return this.forget(board);
    const left = board.heardMs + quietMs - world.now();
    if (left > 0) return this.#wait(board, left);
    const answers = await read(board);
    if (board.session !== session) return;
    if (answers && session.connection.transport !== 'udp') {
      onTrouble(board.endpoint, 'it stopped talking, and is made to connect again');
      session.connection.close();
    } else if (answers) this.#wait(board, quietMs);
    else this.forget(board);
  }
}
