/**
 * All boards that are known: found by name, by the location of their registration, and by the tokens that watch them.
 *
 *   load ─► boards of the disk ─► found, changed ─► save, in the transaction of the events that tell of it
 *
 * Names without a registration are remembered for their boots' sake; when there are too many, the one that was heard the
 * longest time ago is forgotten.
 */
import type { Timer } from '../../protocol/coap/world.ts';
import type { Events } from '../events/open.ts';
import type { EventWorld } from '../events/world.ts';
import { addToken, Board, type Boot } from './board.ts';
import { BOARD_KIND, MESSAGE_ID_KIND, readBoard, writeBoard } from './record.ts';
import type { BoardSettings } from './settings.ts';

export interface Watch {
  readonly board: Board;
  readonly path: string;
  boot: Boot;
}

export interface DirectoryParts {
  readonly world: EventWorld;
  readonly events: Pick<Events, 'records'>;
  readonly settings: BoardSettings;
  readonly onProblem: (problem: unknown) => void;
}

const TOKEN_BYTES = 6;
const LOCATION_BYTES = 6;
/** Message IDs come in order but for a few that were overtaken. */
const HALF = 0x8000;
const MODULUS = 0x1_0000;

export class Directory {
  readonly #parts: DirectoryParts;
  readonly #byName = new Map<string, Board>();
  readonly #byLocation = new Map<string, Board>();
  readonly #byToken = new Map<string, Watch>();
  /** Names whose Message ID is newer than the disk's. */
  readonly #unsaved = new Map<string, number>();
  #registered = 0;
  #saving: Timer | undefined;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    const { records } = parts.events;
    const messageIds = records.load(MESSAGE_ID_KIND);
    for (const [name, text] of records.load(BOARD_KIND)) {
      const board = readBoard(name, text, messageIds.get(name));
      this.#byName.set(name, board);
      if (board.registered !== undefined) this.#locate(board, board.registered.location);
      for (const boot of board.boots) {
        for (const [path, { tokens }] of boot.watched) {
          for (const token of tokens) this.#byToken.set(token, { board, path, boot });
        }
      }
    }
  }

  get registered(): number {
    return this.#registered;
  }

  get(name: string): Board | undefined {
    return this.#byName.get(name);
  }

  all(): IterableIterator<Board> {
    return this.#byName.values();
  }

  at(location: string): Board | undefined {
    return this.#byLocation.get(location);
  }

  watch(token: string): Watch | undefined {
    return this.#byToken.get(token);
  }

  getOrMake(name: string): Board {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= this.#parts.settings.mostNames) this.#forgetOne();
    const board = new Board(name);
    this.#byName.set(name, board);
    return board;
  }

  /** A location that no registration has or had. */
  newLocation(): string {
    return this.#random(LOCATION_BYTES);
  }

  register(board: Board, registered: NonNullable<Board['registered']>): void {
    this.unregister(board);
    board.registered = registered;
    this.#locate(board, registered.location);
  }

  unregister(board: Board): void {
    if (board.registered === undefined) return;
    const { location, transport, address } = board.registered;
    if (this.#byLocation.delete(location)) this.#registered -= 1;
    board.leftAddress = transport === 'tcp' ? address : undefined;
    board.registered = undefined;
  }

  begin(board: Board, boot: Boot): void {
    for (const forgotten of board.begin(boot)) {
      for (const { tokens } of forgotten.watched.values()) for (const token of tokens) this.#byToken.delete(token);
    }
  }

  /** A token by which a path is watched from now on. */
  newToken(board: Board, boot: Boot, path: string): string {
    const token = this.#random(TOKEN_BYTES);
    for (const forgotten of addToken(boot, path, token)) this.#byToken.delete(forgotten);
    this.#byToken.set(token, { board, path, boot });
    return token;
  }

  /** The newest boot turned out to be the one before it. */
  merge(board: Board): void {
    const newest = board.boot;
    board.merge();
    if (newest === undefined || board.boot === undefined) return;
    for (const { tokens } of newest.watched.values()) {
      for (const token of tokens) {
        const watch = this.#byToken.get(token);
        if (watch !== undefined) watch.boot = board.boot;
      }
    }
  }

  /** It said something; `messageId`, if it is of the present boot. */
  heard(board: Board, messageId?: number): void {
    const { world } = this.#parts;
    [board.heardMs, board.heardWallMs] = [world.now(), world.wall()];
    board.silences = 0;
    board.trouble = undefined;
    if (messageId === undefined) return;
    const { lastMessageId = messageId } = board;
    if ((messageId - lastMessageId + MODULUS) % MODULUS < HALF) this.setMessageId(board, messageId);
  }

  setMessageId(board: Board, messageId: number): void {
    board.lastMessageId = messageId;
    this.#unsaved.set(board.endpoint, messageId);
    this.#saving ??= this.#parts.world.after(this.#parts.settings.messageIdMs, () => this.#saveMessageIds());
  }

  /** Resolves when it is on disk. StoreError STORE_DOWN. */
  save(board: Board): Promise<void> {
    return this.#parts.events.records.save(BOARD_KIND, board.endpoint, writeBoard(board));
  }

  close(): void {
    this.#saving?.cancel();
    this.#saveMessageIds();
  }

  #saveMessageIds(): void {
    this.#saving = undefined;
    const { records } = this.#parts.events;
    const saved = [...this.#unsaved].map(([name, id]) => records.save(MESSAGE_ID_KIND, name, String(id)));
    this.#unsaved.clear();
    Promise.all(saved).catch(this.#parts.onProblem);
  }

  #locate(board: Board, location: string): void {
    this.#byLocation.set(location, board);
    this.#registered += 1;
  }

  #forgetOne(): void {
    let quietest: Board | undefined;
    for (const board of this.#byName.values()) {
      if (board.registered !== undefined || board.session !== undefined) continue;
      if (quietest === undefined || board.heardMs < quietest.heardMs) quietest = board;
    }
    if (quietest === undefined) return;
    this.#byName.delete(quietest.endpoint);
    for (const { watched } of quietest.boots) {
      for (const { tokens } of watched.values()) for (const token of tokens) this.#byToken.delete(token);
    }
    const { records } = this.#parts.events;
    const deleted = [BOARD_KIND, MESSAGE_ID_KIND].map((kind) => records.delete(kind, quietest.endpoint));
    Promise.all(deleted).catch(this.#parts.onProblem);
  }

  #random(bytes: number): string {
    let text = '';
    for (let index = 0; index < bytes; index++) {
      text += Math.floor(this.#parts.world.random() * 256)
        .toString(16)
        .padStart(2, '0');
    }
    return text;
  }
}
