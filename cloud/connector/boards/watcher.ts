/**
 * Watches what keys want of boards: observes, takes notifications, reads again where one may be missing.
 *
 *   registered ─► observe each path ─► which boot it is (boot.ts) ─► value ─┐
 *   notification ─► its token: board, boot, path ─► newer than the last? ───┼─► queue on disk ─► acknowledged
 *   update, or a gap in the numbers ─► read what was notified since ────────┘
 *
 * Of a value that is larger than a message the first block comes, and the others are fetched: a part is no value.
 * A board keeps two unacknowledged messages (six with our firmware) and drops a third without a word: that press is seen
 * only by the next one, or by reading. Observe numbers have 16 bits on a board, so they are compared modulo 2^16 (RFC 7641
 * §3.4 has 24). Its observations outlive reconnections and registrations, and are not ended by a reset.
 */
import { isSuccess, METHODS } from '../../protocol/coap/codes.ts';
import { mediaType } from '../../protocol/coap/content-formats.ts';
import type { CoapMessage } from '../../protocol/coap/message.ts';
import { DEREGISTER, REGISTER, type Seen } from '../../protocol/coap/observe.ts';
import { OPTIONS, pathOptions, uintOption } from '../../protocol/coap/options.ts';
import { ExchangeError, type Verdict } from '../../protocol/coap/peer.ts';
import { isPart } from '../../protocol/coap/whole-request.ts';
import { COUNTER_PATH } from '../../protocol/paths.ts';
import type { Events } from '../events/open.ts';
import type { EventWorld } from '../events/world.ts';
import { answerOf, answerOfFailure, NOT_CONNECTED, NOT_OBSERVABLE, uint } from './answer.ts';
import type { Board, Boot, Watched } from './board.ts';
import type { BoardAnswer, BoardChange } from './boards.ts';
import { settleBoot } from './boot.ts';
import type { Directory, Watch } from './directory.ts';
import type { Interests } from './interests.ts';
import { ahead, isStale, OBSERVE_MODULUS, seenOf } from './observe-numbers.ts';
import type { OnRefused } from './refused.ts';
import type { Session } from './session.ts';
import type { BoardSettings } from './settings.ts';
import { isSameValue, wholeValue } from './whole-value.ts';

export interface WatcherParts {
  readonly world: EventWorld;
  readonly events: Pick<Events, 'queue'>;
  readonly interests: Interests;
  readonly directory: Directory;
  readonly settings: BoardSettings;
  readonly changed: (change: BoardChange) => void;
  readonly onRefused: OnRefused;
  readonly onProblem: (problem: unknown) => void;
}

/** A notification of the first block of a value. */
interface Part {
  readonly session: Session;
  readonly response: CoapMessage;
  readonly seen: Seen | undefined;
}

export class Watcher {
  readonly #parts: WatcherParts;
  /** What is under way for a board: one thing after another. */
  readonly #turns = new Map<Board, Promise<unknown>>();
  readonly #probed = new Set<Board>();
  /** The newest of each path, until its turn comes. */
  readonly #partial = new Map<Watch, Part>();

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  /** Boards that something is being asked of, but for those that may be gone. */
  get busy(): number {
    return this.#turns.size - this.#probed.size;
  }

  /** Wanted paths, the counter first: its answer tells which boot it is. */
  wanted(board: Board): string[] {
    const paths = [...this.#parts.interests.pathsOf(board.endpoint)];
    return paths.sort((a, b) => Number(b === COUNTER_PATH) - Number(a === COUNTER_PATH));
  }

  /** A board registered: all that is wanted of it is observed anew, and told. */
  registered(board: Board, session: Session): void {
    void this.#inTurn(board, async () => {
      for (const path of this.wanted(board)) {
        if (board.session !== session) return;
        await this.#observe(board, session, path);
      }
      if (board.session !== session) return;
      // Nothing was observed: what is known is all there is to know.
      await this.#settleByLikelihood(board);
      await this.#cancelUnwanted(board, session);
    });
  }

  /** What keys want has changed: what is missing, or not told to all, is observed; what nobody wants is cancelled. */
  interestsChanged(board: Board): void {
    const session = board.session;
    if (session === undefined) return;
    void this.#inTurn(board, async () => {
      for (const path of this.wanted(board)) {
        if (board.session !== session) return;
        const isWatched = board.boot?.watched.get(path)?.isConfirmed === true;
        if (isWatched && this.#isTold(board, path)) continue;
        await this.#observe(board, session, path);
        if (isWatched && !this.#isTold(board, path)) board.soil(path);
      }
      await this.#cancelUnwanted(board, session);
    });
  }

  /** Observes one path, and resolves to the answer. */
  observe(board: Board, path: string): Promise<BoardAnswer> {
    return this.#inTurn(board, async () => {
      const { session } = board;
      return session === undefined ? NOT_CONNECTED : await this.#observe(board, session, path);
    });
  }

  /** Reads what was notified since it was last read: the board may have dropped what came after. */
  readAgain(board: Board): void {
    const { session } = board;
    if (session === undefined || board.dirty.size === 0) return;
    void this.#inTurn(board, async () => {
      for (const [path, times] of [...board.dirty]) {
        if (board.session !== session) return;
        if (times > 1) board.dirty.set(path, times - 1);
        else board.dirty.delete(path);
        await this.#read(board, session, path);
      }
    });
  }

  /** Reads all that it is watched for; resolves to whether it answered. */
  readAll(board: Board): Promise<boolean> {
    if (!this.#turns.has(board)) this.#probed.add(board);
    return this.#inTurn(board, async () => {
      const { session } = board;
      if (session === undefined) return false;
      // Nothing to read: is it there at all?
      if (this.wanted(board).length === 0)
        return await session.peer.ping().then(
          () => true,
          () => false,
        );
      let answered = false;
      for (const path of this.wanted(board)) {
        if (board.session === session) answered = (await this.#read(board, session, path)) || answered;
      }
      return answered;
    });
  }

  /** A notification: acknowledged once it is on disk for whoever wants it. */
  notified(session: Session, response: CoapMessage): Verdict | Promise<Verdict> {
    const watch = this.#watchOf(session, response);
    if (watch === undefined) return this.#reset(session, 'a token that watches nothing of this board');
    const { board, boot, path } = watch;
    this.#parts.directory.heard(board, boot === board.boot ? response.messageId : undefined);
    const watched = boot.watched.get(path);
    // Nobody is told of a board that is not registered: it tells again when it is.
    if (watched === undefined || board.registered === undefined)
      return this.#reset(session, `${board.endpoint} is not registered`);
    if (!isSuccess(response.code)) {
      // RFC 7641 §4.2: it has removed the observer.
      watched.isConfirmed = false;
      return 'acknowledge';
    }
    const seen = this.#seen(response);
    // A later one told more: the counter is cumulative.
    if (isStale(watched.last, seen)) return 'acknowledge';
    if (!isPart(response)) return this.#take(watch, watched, response, seen);
    // Before the rest is asked for: a board may do nothing else until then.
    this.#complete(watch, { session, response, seen });
    return 'acknowledge';
  }

  #complete(watch: Watch, part: Part): void {
    const { board, path } = watch;
    const isWaiting = this.#partial.has(watch);
    this.#partial.set(watch, part);
    if (isWaiting) return;
    void this.#inTurn(board, async () => {
      // It is acknowledged: whatever fails from here on is made up for by reading it.
      board.soil(path);
      const { session, response, seen } = this.#partial.get(watch)!;
      this.#partial.delete(watch);
      // The rest would be of another boot, or of nobody.
      if (board.session !== session || watch.boot !== board.boot) return;
      const whole = await wholeValue(this.#parts, session, path, response);
      const watched = watch.boot.watched.get(path);
      if ('status' in whole || watched === undefined || board.registered === undefined) return;
      if (!isStale(watched.last, seen)) await this.#take(watch, watched, whole, seen);
    });
  }

  #reset({ connection }: Session, why: string): Verdict {
    this.#parts.onRefused('notification', connection.peer, why);
    return 'reset';
  }

  async #take(watch: Watch, watched: Watched, response: CoapMessage, seen: Seen | undefined): Promise<Verdict> {
    const { board, path } = watch;
    // Its observation was not answered, and will not be.
    if (watch.boot === board.boot) await this.#settleByLikelihood(board);
    const before = watched.last;
    await this.#tell(board, watch.boot, path, response);
    if (seen !== undefined && !isStale(watched.last, seen)) watched.last = seen;
    board.soil(path);
    const isGap = before !== undefined && seen !== undefined && ahead(before, seen) > 1;
    if (isGap) this.readAgain(board);
    return 'acknowledge';
  }

  async #observe(board: Board, session: Session, path: string): Promise<BoardAnswer> {
    const { boot } = board;
    if (boot === undefined) return NOT_CONNECTED;
    const { directory } = this.#parts;
    const token = directory.newToken(board, boot, path);
    await directory.save(board);
    const { resent } = session.peer;
    const watch = directory.watch(token)!;
    const answer = await this.#ask(session, {
      code: METHODS.GET,
      token: bytesOf(token),
      options: [uintOption(OPTIONS.Observe, REGISTER), ...pathOptions(OPTIONS.UriPath, path)],
      // A notification may be here before the answer, and is acknowledged like any other.
      onSeparate: async (response): Promise<Verdict> => {
        await this.#answered(watch, response, false);
        return 'acknowledge';
      },
    });
    if ('status' in answer) return answer;
    if (answer.type === 'ACK') await this.#answered(watch, answer, session.peer.resent === resent);
    const whole = await wholeValue(this.#parts, session, path, answer);
    if ('status' in whole) {
      board.soil(path);
      return whole;
    }
    if (whole !== answer && this.#isLatest(watch, answer)) await this.#tell(board, watch.boot, path, whole);
    const told = answerOf(whole);
    return told.status === 200 && watch.boot.watched.get(path)?.isConfirmed !== true ? NOT_OBSERVABLE : told;
  }

  /** The answer to observing: which boot it is of, and the value. */
  async #answered(watch: Watch, response: CoapMessage, isFirst: boolean): Promise<void> {
    const { board, path } = watch;
    const { directory } = this.#parts;
    directory.heard(board);
    const watched = watch.boot.watched.get(path)!;
    if (!isSuccess(response.code)) {
      watched.isConfirmed = false;
      return;
    }
    const seen = this.#seen(response);
    const saved = this.#settle(watch, response, seen, isFirst);
    // The boot may be another one now.
    const now = watch.boot.watched.get(path)!;
    now.isConfirmed = seen !== undefined;
    const isOlder = seen !== undefined && now.last !== undefined && ahead(now.last, seen) >= OBSERVE_MODULUS / 2;
    // The rest of a part is fetched by whoever observed.
    const told = isOlder || isPart(response) ? undefined : this.#tell(board, watch.boot, path, response);
    // Both in one transaction: a value must not be out with a boot that the disk does not know.
    await Promise.all([saved, told]);
    if (!isOlder && seen !== undefined) now.last = seen;
  }

  /** Nothing came of it since. */
  #isLatest({ boot, path }: Watch, response: CoapMessage): boolean {
    const seen = this.#seen(response);
    return seen === undefined || boot.watched.get(path)?.last?.observe === seen.observe;
  }

  /** Decides which boot it is, if that is open. */
  #settle({ board, boot, path }: Watch, response: CoapMessage, seen: Seen | undefined, isFirst: boolean) {
    if (boot.likely === undefined || boot !== board.boot) return undefined;
    const before = board.boots.at(-2);
    const told = board.told.get(path)?.value;
    const settled = settleBoot(boot.likely, before?.watched.get(path)?.last?.observe, {
      observe: seen?.observe,
      isFirst,
      isSameValue: told === undefined || isSameValue(told, response),
    });
    return this.#become(board, boot, settled);
  }

  async #settleByLikelihood(board: Board): Promise<void> {
    const { boot } = board;
    if (boot?.likely !== undefined) await this.#become(board, boot, boot.likely);
  }

  #become(board: Board, boot: Boot, settled: 'same' | 'new'): Promise<void> {
    const { directory } = this.#parts;
    // As with a boot that was taken for new from the beginning (registrar.ts).
    if (settled === 'new' && boot.likely === 'same') board.values.clear();
    boot.likely = undefined;
    if (settled === 'same' && board.boots.length > 1) directory.merge(board);
    // New to this connector, and it was watched before: nobody here saw its beginning.
    else if (settled === 'same') boot.at = undefined;
    return directory.save(board);
  }

  async #cancelUnwanted(board: Board, session: Session): Promise<void> {
    const wanted = this.#parts.interests.pathsOf(board.endpoint);
    for (const [path, watched] of board.boot?.watched ?? []) {
      if (board.session !== session || wanted.has(path) || !watched.isConfirmed) continue;
      await this.#cancel(session, path, watched);
    }
  }

  async #cancel(session: Session, path: string, watched: Watched): Promise<void> {
    const token = watched.tokens.at(-1);
    if (token === undefined) return;
    const answer = await this.#ask(session, {
      code: METHODS.GET,
      token: bytesOf(token),
      options: [uintOption(OPTIONS.Observe, DEREGISTER), ...pathOptions(OPTIONS.UriPath, path)],
    });
    if ('status' in answer) return;
    // Its numbers begin anew with the next observation.
    [watched.isConfirmed, watched.last] = [false, undefined];
  }

  /** Whether there was an answer. */
  async #read(board: Board, session: Session, path: string): Promise<boolean> {
    const options = pathOptions(OPTIONS.UriPath, path);
    const first = await this.#ask(session, { code: METHODS.GET, token: session.token(), options });
    const answer = 'status' in first ? first : await wholeValue(this.#parts, session, path, first);
    if ('status' in answer || board.session !== session || board.boot === undefined) {
      board.soil(path);
      return !('status' in first) && board.session === session;
    }
    if (!isSuccess(answer.code)) return true;
    const told = board.told.get(path)?.value;
    if (told !== undefined && Buffer.compare(told, answer.payload) === 0 && this.#isTold(board, path)) return true;
    await this.#settleByLikelihood(board);
    await this.#tell(board, board.boot, path, answer);
    return true;
  }

  /** The last value, to everybody who wants it now. */
  #isTold(board: Board, path: string): boolean {
    const keys = board.told.get(path)?.keys ?? [];
    return this.#parts.interests.keysFor(board.endpoint, path).every((key) => keys.includes(key));
  }

  /** The response, or what became of the request; mistakes of ours are thrown. */
  async #ask(session: Session, request: Parameters<Session['peer']['request']>[0]): Promise<CoapMessage | BoardAnswer> {
    try {
      return await session.peer.request(request);
    } catch (error) {
      if (error instanceof ExchangeError) return answerOfFailure(error)!;
      throw error;
    }
  }

  /** Queues a value for whoever wants it. Resolves when it is on disk. */
  async #tell(board: Board, { at }: Boot, path: string, response: CoapMessage): Promise<void> {
    const { world, events, interests, changed } = this.#parts;
    const { options } = response;
    // The bytes are a view of all that was received with them.
    const payload = Uint8Array.from(response.payload);
    const contentFormat = uint(options, OPTIONS.ContentFormat);
    const maxAgeS = uint(options, OPTIONS.MaxAge) ?? 60;
    const [atMs, untilMs] = [world.wall(), world.now() + maxAgeS * 1_000];
    const keys = interests.keysFor(board.endpoint, path);
    const ct = contentFormat === undefined ? undefined : (mediaType(contentFormat) ?? String(contentFormat));
    const data = {
      ep: board.endpoint,
      path,
      ...(ct === undefined ? {} : { ct }),
      payload: Buffer.from(payload).toString('base64'),
      maxAge: maxAgeS,
      ...(at === undefined ? {} : { boot: at }),
    };
    await events.queue.append(keys, [{ kind: 'notification', data }]);
    // Only now: what is not on disk is not known, and is told again.
    board.values.set(path, { value: payload, contentFormat, maxAgeS, atMs, untilMs });
    board.told.set(path, { value: payload, keys });
    changed({ endpoint: board.endpoint, what: 'value', path });
  }

  #watchOf({ connection }: Session, { token }: CoapMessage): Watch | undefined {
    const watch = this.#parts.directory.watch(Buffer.from(token).toString('hex'));
    if (watch === undefined) return undefined;
    const { identity } = connection;
    // Whoever has a certificate speaks for himself only, and nobody without one for him.
    const isIts =
      identity === undefined ? watch.board.registered?.isCertain !== true : identity.endpoint === watch.board.endpoint;
    return isIts ? watch : undefined;
  }

  #seen(response: CoapMessage): Seen | undefined {
    return seenOf(response, this.#parts.world.now());
  }

  #inTurn<T>(board: Board, work: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(board) ?? Promise.resolve()).then(work);
    const settled: Promise<unknown> = done.catch(this.#parts.onProblem).finally(() => {
      if (this.#turns.get(board) !== settled) return;
      this.#turns.delete(board);
      this.#probed.delete(board);
    });
    this.#turns.set(board, settled);
    return done;
  }
}

function bytesOf(token: string): Uint8Array {
  return Uint8Array.from(Buffer.from(token, 'hex'));
}
