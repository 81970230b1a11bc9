/**
 * Registers boards, updates and lets go of them (OMA-TS-LightweightM2M-V1_0 §5.3, §8.2), as mbed-client needs it:
 *
 *   POST /rd ─► who it is, which boot it likely is ─► on disk ─► 2.01 with a location, in the acknowledgement
 *   POST /rd/<id> ─┬─ registered on this connection ─► 2.04
 *                  └─ else ─► 4.04: it registers anew at once (2.04 would have it drop the connection 120 s later)
 *   nothing for its lifetime ─► registration-expired
 *
 * Any answer but 2.xx, 4.00 and 4.03 has a board try again; those two end it until its reset, and are for boards that have
 * no business here.
 */
import { RESPONSES } from '../../protocol/coap/codes.ts';
import type { CoapMessage } from '../../protocol/coap/message.ts';
import { OPTIONS, pathOptions } from '../../protocol/coap/options.ts';
import type { Content } from '../../protocol/coap/peer.ts';
import type { Timer } from '../../protocol/coap/world.ts';
import { StoreError } from '../../protocol/errors.ts';
import type { EndpointData } from '../../protocol/notification/message.ts';
import type { Events } from '../events/open.ts';
import type { EventWorld } from '../events/world.ts';
import { hostOf } from '../transports/address.ts';
import type { Connection } from '../transports/connection.ts';
import type { Board, Registered } from './board.ts';
import type { BoardChange } from './boards.ts';
import { isOverdue, likelyBoot } from './boot.ts';
import type { Directory } from './directory.ts';
import type { Interests } from './interests.ts';
import {
  DEFAULT_LIFETIME_S,
  RegistrationRefused,
  readRegistration,
  readUpdate,
  type Said,
  type Update,
} from './registration.ts';
import type { Session } from './session.ts';
import type { BoardSettings } from './settings.ts';

export interface RegistrarParts {
  readonly world: EventWorld;
  readonly events: Pick<Events, 'queue'>;
  readonly interests: Interests;
  readonly directory: Directory;
  readonly settings: BoardSettings;
  readonly changed: (change: BoardChange) => void;
  /** It is registered, and was told so. */
  readonly onRegistered: (board: Board, session: Session) => void;
  /** It updated its registration, and was told so; `isChanged`: with other resources. */
  readonly onUpdated: (board: Board, isChanged: boolean) => void;
  readonly onGone: (board: Board, why: 'removed' | 'expired') => void;
  readonly onProblem: (problem: unknown) => void;
}

/** No timer of Node's is longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Registrar {
  readonly #parts: RegistrarParts;
  readonly #expiry = new Map<Board, Timer>();

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
    const { world, directory } = parts;
    for (const board of directory.all()) {
      if (board.registered === undefined) continue;
      const { endpoint, type, resources } = board.registered;
      // What it says from now on is for whoever has a rule for it, whether or not it registers again first.
      parts.interests.registered({ endpoint, type, resources });
      // The time that nobody was here to listen is not the board's fault.
      [board.heardMs, board.heardWallMs] = [world.now(), world.wall()];
      this.#expire(board);
    }
  }

  async register(session: Session, request: CoapMessage): Promise<Content> {
    const { directory, interests, events, world, settings } = this.#parts;
    const registration = readRegistration(request);
    const { endpoint, type, resources } = registration;
    const known = directory.get(endpoint);
    checkIdentity(session.connection, registration, known);
    if (known?.registered === undefined && directory.registered >= settings.mostBoards) {
      throw new RegistrationRefused(RESPONSES.ServiceUnavailable, 'as many boards are registered as may be');
    }
    const board = directory.getOrMake(endpoint);
    const { lastMessageId } = board;
    if (board.registered !== undefined && board.session === session && lastMessageId !== undefined) {
      // It was registered since: this one was on its way from before, and its answer tells the board nothing.
      if (isOverdue(lastMessageId, request.messageId)) return created(board.registered);
    }
    this.#beginBoot(board, session, request.messageId);
    // mbed-client forgets its lifetime where our answers have no Max-Age, and registers again without one (sn_nsdl.c).
    const before = board.boot?.likely === 'same' ? board.registered?.lifetimeS : undefined;
    const registered: Registered = {
      ...registration,
      lifetimeS: registration.lifetimeS ?? before ?? DEFAULT_LIFETIME_S,
      location: directory.newLocation(),
      transport: session.connection.transport,
      address: hostOf(session.connection.peer),
      isCertain: session.connection.identity !== undefined,
      registeredMs: world.wall(),
    };
    directory.register(board, registered);
    directory.heard(board);
    this.#bind(board, session);
    interests.registered({ endpoint, type, resources });
    const event = { kind: 'registration' as const, data: endpointData(board, registered) };
    const saved = directory.save(board);
    try {
      await Promise.all([saved, events.queue.append(interests.channelKeys(), [event])]);
    } catch (error) {
      // What the board is not told of, it does not have.
      if (board.registered?.location === registered.location) {
        directory.unregister(board);
        this.#unbind(board, session);
      }
      throw error;
    }
    this.#expire(board);
    this.#parts.changed({ endpoint, what: 'registered' });
    // Its answer goes out first.
    world.after(0, () => {
      if (board.session === session) this.#parts.onRegistered(board, session);
    });
    return created(registered);
  }

  async update(session: Session, location: string, request: CoapMessage): Promise<Content> {
    const { directory, events, interests, world, changed } = this.#parts;
    const board = directory.at(location);
    if (board?.registered === undefined || !isOwn(session.connection, board)) return { code: RESPONSES.NotFound };
    directory.heard(board, request.messageId);
    if (board.session !== session) {
      session.updated = board;
      session.insist(request);
      return { code: RESPONSES.NotFound };
    }
    const update = readUpdate(request);
    const isChanged = changes(board.registered, update);
    if (isChanged) {
      board.registered = { ...board.registered, ...update };
      const { endpoint, type, resources } = board.registered;
      if (update.resources !== undefined) interests.registered({ endpoint, type, resources });
      // It may be shorter than what the timer waits for.
      this.#expire(board);
    }
    const data = endpointData(board, board.registered, update.resources === undefined ? [] : undefined);
    await Promise.all([
      isChanged ? directory.save(board) : undefined,
      events.queue.append(interests.channelKeys(), [{ kind: 'reg-update', data }]),
    ]);
    changed({ endpoint: board.endpoint, what: 'updated' });
    world.after(0, () => {
      if (board.session === session) this.#parts.onUpdated(board, update.resources !== undefined);
    });
    return { code: RESPONSES.Changed };
  }

  async deregister(session: Session, location: string, request: CoapMessage): Promise<Content> {
    const board = this.#parts.directory.at(location);
    if (board?.registered === undefined || !isOwn(session.connection, board)) return { code: RESPONSES.NotFound };
    this.#parts.directory.heard(board, request.messageId);
    await this.remove(board);
    return { code: RESPONSES.Deleted };
  }

  /** Forgets its registration, and tells so. */
  async remove(board: Board, why: 'removed' | 'expired' = 'removed'): Promise<void> {
    const { directory, events, interests, changed, onGone } = this.#parts;
    directory.unregister(board);
    this.#expiry.get(board)?.cancel();
    this.#expiry.delete(board);
    const kind = why === 'expired' ? 'registration-expired' : 'de-registration';
    const told = events.queue.append(interests.channelKeys(), [{ kind, data: { ep: board.endpoint } }]);
    interests.gone?.(board.endpoint);
    await Promise.all([directory.save(board), told]);
    changed({ endpoint: board.endpoint, what: 'gone' });
    onGone(board, why);
  }

  close(): void {
    for (const timer of this.#expiry.values()) timer.cancel();
    this.#expiry.clear();
  }

  /** It may turn out to be the one before it, once it is asked. */
  #beginBoot(board: Board, session: Session, messageId: number): void {
    const { directory, world } = this.#parts;
    const open = board.boot;
    // Nothing more will be learnt of the one that was open.
    if (open?.likely === 'same') directory.merge(board);
    else if (open !== undefined) open.likely = undefined;
    const { lastMessageId } = board;
    const likely = likelyBoot({ updatedBefore: session.updated === board, messageId, lastMessageId });
    session.updated = undefined;
    if (likely === 'new') board.values.clear();
    const newest = Math.max(0, ...board.boots.map(({ at }) => at ?? 0));
    directory.begin(board, { at: Math.max(Math.floor(world.wall()), newest + 1), likely, watched: new Map() });
    directory.setMessageId(board, messageId);
  }

  #bind(board: Board, session: Session): void {
    const { session: before } = board;
    if (before === session) return;
    if (session.board !== undefined) session.board.session = undefined;
    [board.session, session.board] = [session, board];
    if (before === undefined) return;
    before.board = undefined;
    // Late datagrams of the address before may still come.
    if (before.connection.transport === 'udp') before.peer.giveUp();
    else before.connection.close();
  }

  #unbind(board: Board, session: Session): void {
    if (board.session !== session) return;
    [board.session, session.board] = [undefined, undefined];
  }

  /** Looks again when it may have expired: messages do not move the timer. */
  #expire(board: Board): void {
    const { world } = this.#parts;
    this.#expiry.get(board)?.cancel();
    const left = board.heardMs + (board.registered?.lifetimeS ?? 0) * 1_000 - world.now();
    this.#expiry.set(
      board,
      world.after(Math.min(Math.max(left, 1), LONGEST_TIMER_MS), () => this.#maybeExpired(board)),
    );
  }

  #maybeExpired(board: Board): void {
    const { world, onProblem, directory } = this.#parts;
    if (board.registered === undefined) return;
    if (board.heardMs + board.registered.lifetimeS * 1_000 > world.now()) {
      this.#expire(board);
      return;
    }
    const { registered } = board;
    this.remove(board, 'expired').catch((error: unknown) => {
      // Not told yet: it is tried again.
      if (error instanceof StoreError && board.registered === undefined) {
        directory.register(board, registered);
        board.heardMs = world.now() - registered.lifetimeS * 1_000 + RETRY_MS;
        this.#expire(board);
      }
      onProblem(error);
    });
  }
}

const RETRY_MS = 5_000;

function created({ location }: Registered): Content {
  return { code: RESPONSES.Created, options: pathOptions(OPTIONS.LocationPath, `/rd/${location}`) };
}

/** Whose certificate says another name may not register it, nor who has none where the name has one. */
function checkIdentity({ identity }: Connection, { endpoint, domain }: Said, known: Board | undefined): void {
  if (identity === undefined) {
    if (known?.registered?.isCertain === true)
      throw new RegistrationRefused(RESPONSES.Forbidden, `the name ${endpoint} has a certificate`);
  } else if (identity.endpoint !== endpoint || (domain !== '' && identity.domain !== domain)) {
    const why = `the certificate is of ${identity.commonName}, the name is ${domain}/${endpoint}`;
    throw new RegistrationRefused(RESPONSES.Forbidden, why);
  }
}

function isOwn({ identity }: Connection, board: Board): boolean {
  if (identity === undefined) return board.registered?.isCertain !== true;
  return identity.endpoint === board.endpoint;
}

function changes(registered: Registered, update: Update): boolean {
  const { lifetimeS = registered.lifetimeS, queueMode = registered.queueMode, resources } = update;
  return resources !== undefined || lifetimeS !== registered.lifetimeS || queueMode !== registered.queueMode;
}

/** An update without links says nothing of resources. */
function endpointData(board: Board, registered: Registered, resources = registered.resources): EndpointData {
  const { type, queueMode } = registered;
  // The boot before it stands for one that is likely the same.
  const boot = board.boot?.likely === 'same' ? board.boots.at(-2) : board.boot;
  return {
    ep: board.endpoint,
    ...(type === '' ? {} : { ept: type }),
    q: queueMode,
    resources,
    ...(boot?.at === undefined ? {} : { boot: boot.at }),
  };
}
