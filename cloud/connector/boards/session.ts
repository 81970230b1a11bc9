/**
 * One connection of a board, or of whoever it may be: its messages, and what is done with each.
 *
 *   connection ─► CoapPeer ─┬─ POST /rd, /rd/<id>, DELETE ─► registrar.ts
 *                           └─ notifications ─► watcher.ts
 *   TLS, and nothing said ─► acknowledgements of what it may wait for, then closed: the board is locked up
 */
import { BlockTransfer, DEFAULT_BLOCK_LIMITS } from '../../protocol/coap/block-transfer.ts';
import { METHODS, RESPONSES } from '../../protocol/coap/codes.ts';
import { CONTENT_FORMATS } from '../../protocol/coap/content-formats.ts';
import { type CoapMessage, encodeMessage } from '../../protocol/coap/message.ts';
import { firstBadOption, OPTIONS, optionTexts, uintOption } from '../../protocol/coap/options.ts';
import { CoapPeer, type Content, type Verdict } from '../../protocol/coap/peer.ts';
import { DEFAULT_TRANSMISSION, type TransmissionParameters } from '../../protocol/coap/transmission.ts';
import type { Timer } from '../../protocol/coap/world.ts';
import { FormatError, StoreError } from '../../protocol/errors.ts';
import type { EventWorld } from '../events/world.ts';
import type { Connection } from '../transports/connection.ts';
import type { Board } from './board.ts';
import type { OnRefused, Refused } from './refused.ts';
import { RegistrationRefused } from './registration.ts';
import type { BoardSettings } from './settings.ts';

export interface SessionParts {
  readonly world: EventWorld;
  readonly settings: BoardSettings;
  readonly register: (session: Session, request: CoapMessage) => Promise<Content>;
  readonly update: (session: Session, location: string, request: CoapMessage) => Promise<Content>;
  readonly deregister: (session: Session, location: string, request: CoapMessage) => Promise<Content>;
  readonly notified: (session: Session, response: CoapMessage) => Verdict | Promise<Verdict>;
  /** It sent something again. */
  readonly copied: (session: Session) => void;
  readonly silent: (session: Session) => void;
  readonly closed: (session: Session) => void;
  readonly onRefused: OnRefused;
  /** Bytes that are no message, a store that is down, a mistake of ours: for a count and a log. */
  readonly onProblem: (problem: unknown, peer: string) => void;
}

/** A stream loses nothing: what was sent is not sent again, which a board would do twice. */
const STREAM_TRANSMISSION: TransmissionParameters = {
  ...DEFAULT_TRANSMISSION,
  ackTimeoutMs: 30_000,
  ackRandomFactor: 1,
  maxRetransmit: 0,
};
/** Copies come within seconds; a board sends a few messages a second at most. */
const MOST_SEEN = 256;
const KNOWN_OPTIONS = new Set<number>([
  OPTIONS.UriHost,
  OPTIONS.UriPort,
  OPTIONS.UriPath,
  OPTIONS.UriQuery,
  OPTIONS.Accept,
  OPTIONS.Block1,
  OPTIONS.Block2,
]);
/** What may be done here, for whoever asks (RFC 6690 §4; OMA-TS-LightweightM2M-V1_0 §5.3). */
const OWN_LINKS = new TextEncoder().encode('</rd>;rt="core.rd"');
const ROOT = 'rd';
/** Four times within one tick of a board. */
const [FIRST_INSISTENCE_MS, LAST_INSISTENCE_MS] = [1_000, 8_000];

export class Session {
  readonly connection: Connection;
  readonly peer: CoapPeer;
  /** The board whose update was answered 4.04 on this connection. */
  updated: Board | undefined;
  /** When the last message came, or it began, by the clock that never goes back. */
  heardMs: number;
  readonly #parts: SessionParts;
  #board: Board | undefined;
  #blocks: BlockTransfer | undefined;
  #silence: Timer | undefined;
  #insisting: Timer | undefined;
  #nextToken = 0;

  constructor(connection: Connection, parts: SessionParts) {
    const { world, settings, onProblem } = parts;
    this.connection = connection;
    this.#parts = parts;
    this.heardMs = world.now();
    this.peer = new CoapPeer({
      world,
      parameters: connection.transport === 'udp' ? DEFAULT_TRANSMISSION : STREAM_TRANSMISSION,
      leniency: { tokenInEmptyAck: true },
      nstart: 1,
      mostSeen: MOST_SEEN,
      send: (bytes) => connection.send(bytes),
      responseMs: settings.responseMs,
      onRequest: (request) => this.#answer(request),
      onNotification: (response) => parts.notified(this, response),
      onCopy: () => parts.copied(this),
      onProblem: (problem) => onProblem(problem, connection.peer),
    });
    if (connection.transport === 'tls') {
      this.#silence = world.after(settings.silenceMs, () => parts.silent(this));
    }
    connection.onMessage = (bytes) => {
      this.#silence?.cancel();
      this.#silence = undefined;
      this.heardMs = world.now();
      this.peer.receive(bytes);
    };
    connection.onClose = () => {
      this.#silence?.cancel();
      this.#insisting?.cancel();
      this.peer.close();
      this.#blocks?.close();
      parts.closed(this);
    };
  }

  /** Registered on this connection, which is kept for as long. */
  get board(): Board | undefined {
    return this.#board;
  }

  set board(board: Board | undefined) {
    this.#board = board;
    this.connection.keep?.(board !== undefined);
  }

  /** A token for a request that is no observation: those have six bytes. */
  token(): Uint8Array {
    this.#nextToken = (this.#nextToken + 1) % 0x1_0000_0000;
    return Uint8Array.of(this.#nextToken >>> 24, this.#nextToken >>> 16, this.#nextToken >>> 8, this.#nextToken);
  }

  /**
   * Says again that there is no such registration, until the board registers: with its resend queue full of what was not
   * acknowledged, it does not ask again by itself.
   */
  insist(update: CoapMessage, waitMs = FIRST_INSISTENCE_MS): void {
    this.#insisting?.cancel();
    if (this.connection.transport !== 'udp' || waitMs > LAST_INSISTENCE_MS) return;
    this.#insisting = this.#parts.world.after(waitMs, () => {
      if (this.board !== undefined) return;
      const { messageId, token } = update;
      this.connection.send(encodeMessage({ ...EMPTY_ACK, code: RESPONSES.NotFound, messageId, token }));
      this.insist(update, waitMs * 2);
    });
  }

  #answer(request: CoapMessage): Content | undefined | Promise<Content | undefined> {
    const bad = firstBadOption(request.options, KNOWN_OPTIONS);
    if (bad !== undefined) return this.#refuse('request', RESPONSES.BadOption, `option ${bad} is not known here`);
    const inBlocks = request.options.some(({ number }) => number === OPTIONS.Block1 || number === OPTIONS.Block2);
    if (!inBlocks) return this.#route(request);
    this.#blocks ??= new BlockTransfer(this.#parts.world, (whole) => this.#route(whole), DEFAULT_BLOCK_LIMITS);
    try {
      const answer = this.#blocks.answer(request);
      const why = answer === undefined || answer instanceof Promise ? undefined : MISFITS.get(answer.code);
      if (why !== undefined) this.#parts.onRefused('request', this.connection.peer, why);
      return answer;
    } catch (error) {
      if (error instanceof FormatError) return this.#refuse('request', RESPONSES.BadOption, error.message);
      throw error;
    }
  }

  async #route(request: CoapMessage): Promise<Content> {
    try {
      return await this.#dispatch(request);
    } catch (error) {
      if (error instanceof RegistrationRefused) {
        const what = error.code === RESPONSES.Forbidden ? 'forbidden' : 'registration';
        return this.#refuse(what, error.code, error.message);
      }
      if (error instanceof FormatError) return this.#refuse('request', RESPONSES.BadOption, error.message);
      this.#parts.onProblem(error, this.connection.peer);
      // 5.xx has a board try again: nothing of it is lost.
      return { code: error instanceof StoreError ? RESPONSES.ServiceUnavailable : RESPONSES.InternalServerError };
    }
  }

  /** With a diagnostic payload (RFC 7252 §5.5.2), and a line for whoever runs the connector. */
  #refuse(what: Refused, code: number, why: string): Content {
    this.#parts.onRefused(what, this.connection.peer, why);
    return { code, payload: new TextEncoder().encode(why) };
  }

  async #dispatch(request: CoapMessage): Promise<Content> {
    const { register, update, deregister } = this.#parts;
    const [root, location, ...more] = optionTexts(request.options, OPTIONS.UriPath);
    if (root === '.well-known' && location === 'core' && more.length === 0) return ownLinks(request);
    if (root !== ROOT || more.length > 0) return { code: RESPONSES.NotFound };
    if (location === undefined || location === '') {
      return request.code === METHODS.POST ? await register(this, request) : NOT_ALLOWED;
    }
    // §5.3: drafts of LwM2M updated with PUT.
    if (request.code === METHODS.POST || request.code === METHODS.PUT) return await update(this, location, request);
    return request.code === METHODS.DELETE ? await deregister(this, location, request) : NOT_ALLOWED;
  }
}

const NOTHING = new Uint8Array(0);
const EMPTY_ACK = { type: 'ACK', code: 0, token: NOTHING, options: [], payload: NOTHING } as const;
const NOT_ALLOWED: Content = { code: RESPONSES.MethodNotAllowed };
/** What block-transfer.ts answers for a body that does not come together. */
const MISFITS: ReadonlyMap<number, string> = new Map([
  [RESPONSES.RequestEntityIncomplete, 'a block without those before it'],
  [RESPONSES.RequestEntityTooLarge, 'a body that is too large'],
]);

function ownLinks({ code }: CoapMessage): Content {
  if (code !== METHODS.GET) return NOT_ALLOWED;
  const options = [uintOption(OPTIONS.ContentFormat, CONTENT_FORMATS.linkFormat)];
  return { code: RESPONSES.Content, options, payload: OWN_LINKS };
}
