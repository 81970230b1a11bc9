/**
 * The LwM2M server: connections in, boards and their events out (OMA-TS-LightweightM2M-V1_0 §5).
 *
 *   transports ─► accept(connection) ─► session.ts ─┬─ registrar.ts ─► registrations, updates, departures ─┐
 *                                                   └─ watcher.ts ───► values ─────────────────────────────┴─► event queue
 *   REST API, page ─► Boards: list, read, write, execute, observe ─► asker.ts, watcher.ts
 *
 * What its boards can and cannot stand decides how it behaves: each file says which habit it answers to.
 */
import type { Verdict } from '../../protocol/coap/peer.ts';
import type { Events } from '../events/open.ts';
import type { EventWorld } from '../events/world.ts';
import type { Connection } from '../transports/connection.ts';
import { NOT_CONNECTED } from './answer.ts';
import { Asker } from './asker.ts';
import type { Board } from './board.ts';
import type { BoardAnswer, BoardChange, BoardInfo, BoardRequest, Boards, Reading } from './boards.ts';
import { Directory } from './directory.ts';
import type { Interests } from './interests.ts';
import { QuietBoards } from './quiet.ts';
import type { OnRefused } from './refused.ts';
import { Registrar } from './registrar.ts';
import { Rescue } from './rescue.ts';
import { Session, type SessionParts } from './session.ts';
import { BOARD_SETTINGS, type BoardSettings } from './settings.ts';
import { Watcher } from './watcher.ts';

export interface BoardServiceOptions {
  readonly world: EventWorld;
  readonly events: Events;
  readonly interests: Interests;
  readonly settings?: Partial<BoardSettings>;
  /** A board that needs somebody's hand, or was helped: for a log. */
  readonly onTrouble: (endpoint: string, trouble: string) => void;
  /** A peer's messages that are not taken. */
  readonly onRefused: OnRefused;
  /** A peer's bytes that mean nothing, a store that is down, or a mistake of ours; `peer` where it has one. */
  readonly onProblem: (problem: unknown, peer?: string) => void;
}

export class BoardService implements Boards {
  readonly #world: EventWorld;
  readonly #directory: Directory;
  readonly #registrar: Registrar;
  readonly #watcher: Watcher;
  readonly #asker: Asker;
  readonly #quiet: QuietBoards;
  readonly #rescue: Rescue;
  readonly #sessionParts: SessionParts;
  readonly #sessions = new Set<Session>();
  readonly #listeners = new Set<(change: BoardChange) => void>();

  constructor({ world, events, interests, settings: given, onTrouble, onRefused, onProblem }: BoardServiceOptions) {
    const settings = { ...BOARD_SETTINGS, ...given };
    const changed = (change: BoardChange): void => {
      for (const listener of this.#listeners) listener(change);
    };
    const common = { world, events, interests, settings, changed, onProblem: (problem: unknown) => onProblem(problem) };
    this.#world = world;
    this.#directory = new Directory(common);
    this.#asker = new Asker({
      ...common,
      onAnswer: (board, request, answer) => this.#remember(board, request, answer),
    });
    this.#watcher = new Watcher({ ...common, directory: this.#directory, onRefused });
    this.#quiet = new QuietBoards({
      ...common,
      quietMs: settings.quietMs,
      read: (board) => this.#watcher.readAll(board),
      onTrouble,
    });
    this.#registrar = new Registrar({
      ...common,
      directory: this.#directory,
      onRegistered: (board, session) => {
        this.#quiet.expect(board);
        this.#watcher.registered(board, session);
        this.#asker.next(board);
      },
      onUpdated: (board, isChanged) => {
        this.#quiet.expect(board);
        if (isChanged) this.#watcher.interestsChanged(board);
        this.#watcher.readAgain(board);
        this.#asker.next(board);
      },
      onGone: (board, why) => this.#gone(board, why),
    });
    this.#rescue = new Rescue({ ...common, directory: this.#directory, onTrouble, onRefused });
    this.#sessionParts = {
      world,
      settings,
      register: (session, request) => this.#registrar.register(session, request),
      update: (session, location, request) => this.#registrar.update(session, location, request),
      deregister: (session, location, request) => this.#registrar.deregister(session, location, request),
      notified: (session, response): Verdict | Promise<Verdict> => this.#watcher.notified(session, response),
      copied: ({ board }) => {
        for (const path of board?.boot?.watched.keys() ?? []) board?.soil(path);
      },
      silent: ({ connection, heardMs }) => this.#rescue.silent(connection, heardMs),
      closed: (session) => this.#closed(session),
      onRefused,
      onProblem,
    };
  }

  /** Takes a connection that a transport opened: to be called within its onConnection. */
  accept(connection: Connection): void {
    this.#sessions.add(new Session(connection, this.#sessionParts));
  }

  /** A connection over plain TCP on which nothing was said since then: as tcp.ts's onSilent. */
  silent(connection: Connection, sinceMs: number): boolean {
    return this.#rescue.nameless(connection, sinceMs);
  }

  /** Things under way with boards: 0 when all is told. */
  get busy(): number {
    return this.#watcher.busy + this.#asker.waiting;
  }

  list(): readonly BoardInfo[] {
    return [...this.#directory.all()].flatMap((board) => infoOf(board) ?? []);
  }

  get(endpoint: string): BoardInfo | undefined {
    const board = this.#directory.get(endpoint);
    return board === undefined ? undefined : infoOf(board);
  }

  latest(endpoint: string, path: string): Reading | undefined {
    const known = this.#directory.get(endpoint)?.values.get(path);
    if (known === undefined) return undefined;
    const { untilMs, ...reading } = known;
    return { ...reading, isFresh: this.#world.now() < untilMs };
  }

  request(endpoint: string, request: BoardRequest): Promise<BoardAnswer> {
    const board = this.#directory.get(endpoint);
    if (board?.registered === undefined) return Promise.resolve(NOT_CONNECTED);
    return this.#asker.ask(board, request);
  }

  async observe(endpoint: string, path: string): Promise<BoardAnswer> {
    const board = this.#directory.get(endpoint);
    return board?.registered === undefined ? NOT_CONNECTED : await this.#watcher.observe(board, path);
  }

  interestsChanged(endpoint?: string): void {
    const boards = endpoint === undefined ? this.#directory.all() : [this.#directory.get(endpoint)];
    for (const board of boards) if (board !== undefined) this.#watcher.interestsChanged(board);
  }

  channelBegan(key: string): void {
    for (const board of this.#directory.all()) board.untell(key);
    this.interestsChanged();
  }

  async remove(endpoint: string): Promise<boolean> {
    const board = this.#directory.get(endpoint);
    if (board?.registered === undefined) return false;
    await this.#registrar.remove(board);
    return true;
  }

  onChange(listener: (change: BoardChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what is under way; the transports close the connections. Registrations stay, on disk. */
  close(): void {
    this.#registrar.close();
    this.#quiet.close();
    this.#directory.close();
    for (const session of this.#sessions) session.peer.close();
  }

  #gone(board: Board, why: 'removed' | 'expired'): void {
    const { session } = board;
    board.session = undefined;
    board.dirty.clear();
    if (session !== undefined) session.board = undefined;
    this.#asker.next(board);
    // A board that only thinks that it is connected tries again.
    if (why === 'expired' && session?.connection.transport !== 'udp') session?.connection.close();
  }

  #closed(session: Session): void {
    this.#sessions.delete(session);
    const { board } = session;
    if (board?.session !== session) return;
    board.session = undefined;
    this.#asker.next(board);
    for (const listener of this.#listeners) listener({ endpoint: board.endpoint, what: 'connection' });
  }

  /** What was read is as good as what was notified, but for who is told. */
  #remember(
    board: Board,
    { method, path }: BoardRequest,
    { status, payload, contentFormat, maxAgeS = 0 }: BoardAnswer,
  ): void {
    // One that was not answered may have been carried out.
    if (method !== 'GET' && (status < 400 || status >= 500)) board.forget(path);
    if (method !== 'GET' || status !== 200 || payload === undefined) return;
    const [atMs, untilMs] = [this.#world.wall(), this.#world.now() + maxAgeS * 1_000];
    board.values.set(path, { value: payload, contentFormat, maxAgeS, atMs, untilMs });
    for (const listener of this.#listeners) listener({ endpoint: board.endpoint, what: 'value', path });
  }
}

function infoOf({ endpoint, registered, session, heardWallMs, trouble, boot }: Board): BoardInfo | undefined {
  if (registered === undefined) return undefined;
  const { domain, type, queueMode, resources, transport, registeredMs, lifetimeS } = registered;
  return {
    ...{ endpoint, domain, type, queueMode, resources, transport, registeredMs },
    peer: session?.connection.peer,
    heardMs: heardWallMs,
    expiresMs: heardWallMs + lifetimeS * 1_000,
    boot: boot?.at,
    trouble,
  };
}
