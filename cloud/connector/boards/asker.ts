/**
 * Requests of users to a board: one at a time, the others in a queue that has an end; a board in queue mode is asked while
 * it is awake (OMA-TS-LightweightM2M-V1_0 §8.3).
 */
import { METHODS } from '../../protocol/coap/codes.ts';
import { encodeMessage } from '../../protocol/coap/message.ts';
import { OPTIONS, pathOptions, uintOption } from '../../protocol/coap/options.ts';
import type { Request } from '../../protocol/coap/peer.ts';
import { requestWhole } from '../../protocol/coap/whole-request.ts';
import type { Timer, World } from '../../protocol/coap/world.ts';
import { answerOf, answerOfFailure, NOT_CONNECTED, QUEUE_IS_FULL, REMOVED, TIMEOUT, TOO_LARGE } from './answer.ts';
import type { Board } from './board.ts';
import type { BoardAnswer, BoardRequest } from './boards.ts';
import type { Session } from './session.ts';
import type { BoardSettings } from './settings.ts';

export interface AskerParts {
  readonly world: Pick<World, 'now' | 'after'>;
  readonly settings: BoardSettings;
  readonly onAnswer: (board: Board, request: BoardRequest, answer: BoardAnswer) => void;
  readonly onProblem: (problem: unknown) => void;
}

interface Asked {
  readonly request: BoardRequest;
  readonly resolve: (answer: BoardAnswer) => void;
}

interface Line {
  readonly waiting: Asked[];
  isAsking: boolean;
  timer: Timer | undefined;
}

/** Sent whole: a K64F answers nothing that has a Block option. */
const NO_BLOCKS = 2 ** 30;

export class Asker {
  readonly #parts: AskerParts;
  readonly #lines = new Map<Board, Line>();

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  /** Requests without an answer. */
  get waiting(): number {
    let sum = 0;
    for (const { waiting, isAsking } of this.#lines.values()) sum += waiting.length + Number(isAsking);
    return sum;
  }

  ask(board: Board, request: BoardRequest): Promise<BoardAnswer> {
    const { promise, resolve } = Promise.withResolvers<BoardAnswer>();
    const line = this.#lines.get(board) ?? { waiting: [], isAsking: false, timer: undefined };
    if (line.waiting.length + Number(line.isAsking) >= this.#parts.settings.mostWaiting)
      return Promise.resolve(QUEUE_IS_FULL);
    if (request.signal?.aborted === true) return Promise.resolve(TIMEOUT);
    const asked = { request, resolve };
    line.waiting.push(asked);
    this.#lines.set(board, line);
    request.signal?.addEventListener('abort', () => this.#giveUp(board, asked), { once: true });
    this.next(board);
    return promise;
  }

  /** It may be asked now: it has a connection, or spoke. */
  next(board: Board): void {
    const line = this.#lines.get(board);
    if (line === undefined || line.isAsking) return;
    const { session, registered } = board;
    const sleeps = registered?.queueMode === true;
    if (registered === undefined) {
      this.#answerAll(board, line, REMOVED);
      return;
    }
    if (session === undefined || (sleeps && !this.#isAwake(board))) {
      if (!sleeps) this.#answerAll(board, line, NOT_CONNECTED);
      return;
    }
    const asked = line.waiting.shift();
    if (asked === undefined) return void this.#lines.delete(board);
    line.isAsking = true;
    void this.#carryOut(board, session, asked.request).then((answer) => {
      line.isAsking = false;
      asked.resolve(answer);
      this.#parts.onAnswer(board, asked.request, answer);
      this.next(board);
    });
  }

  #isAwake({ heardMs }: Board): boolean {
    return this.#parts.world.now() < heardMs + this.#parts.settings.awakeMs;
  }

  #giveUp(board: Board, asked: Asked): void {
    const line = this.#lines.get(board);
    const place = line?.waiting.indexOf(asked) ?? -1;
    if (place >= 0) line?.waiting.splice(place, 1);
    // One that is under way goes on: the board may do it all the same.
    asked.resolve(TIMEOUT);
  }

  #answerAll(board: Board, line: Line, answer: BoardAnswer): void {
    this.#lines.delete(board);
    for (const { resolve } of line.waiting) resolve(answer);
  }

  async #carryOut(board: Board, session: Session, request: BoardRequest): Promise<BoardAnswer> {
    const coap = this.#requestOf(session, request);
    if (sizeOf(coap) > session.connection.mostBytes) return TOO_LARGE;
    try {
      const response = await requestWhole(session.peer, coap, {
        blockSize: NO_BLOCKS,
        mostBytes: this.#parts.settings.mostBodyBytes,
        nextToken: () => session.token(),
      });
      board.heardMs = this.#parts.world.now();
      return answerOf(response);
    } catch (error) {
      const answer = answerOfFailure(error);
      if (answer !== undefined) return answer;
      this.#parts.onProblem(error);
      return { status: 500, error: 'INTERNAL' };
    }
  }

  #requestOf(session: Session, { method, path, payload, contentFormat, accept }: BoardRequest): Request {
    return {
      code: METHODS[method],
      token: session.token(),
      options: [
        ...pathOptions(OPTIONS.UriPath, path),
        ...(contentFormat === undefined ? [] : [uintOption(OPTIONS.ContentFormat, contentFormat)]),
        ...(accept === undefined ? [] : [uintOption(OPTIONS.Accept, accept)]),
      ],
      ...(payload === undefined ? {} : { payload }),
      // A board does not tell copies apart, and would do it twice.
      ...(method === 'POST' ? { onceMs: this.#parts.settings.onceMs } : {}),
    };
  }
}

function sizeOf({ code, token, options = [], payload = new Uint8Array(0) }: Request): number {
  return encodeMessage({ type: 'CON', code, messageId: 0, token, options, payload }).length;
}
