/**
 * Messages and exchanges with one peer: one address of UDP, or one connection (RFC 7252 §4 and §5.2, RFC 7641 §3.2).
 *
 *   bytes ─► receive ─► a copy? answered as before │ ACK, RST: outstanding.ts │ request: onRequest │ response: its request,
 *            else onNotification ─► acknowledged, or reset, once that is decided
 *
 * A request is answered in the acknowledgement itself, however long that takes: what our boards need (mbed-client matches
 * a registration's answer by its Message ID alone). Blocks are blockwise.ts's business, sockets the caller's.
 */
import { EMPTY, isRequest, isResponse } from './codes.ts';
import { type CoapMessage, type CoapOption, decodeMessage, encodeMessage, type Leniency } from './message.ts';
import { MessageIds } from './message-ids.ts';
import { type Ending, Outstanding } from './outstanding.ts';
import { SeenMessages } from './seen.ts';
import { exchangeLifetimeMs, nonLifetimeMs, type TransmissionParameters } from './transmission.ts';
import type { Timer, World } from './world.ts';

/** A request or response before it has a Message ID. */
export interface Content {
  readonly code: number;
  readonly options?: readonly CoapOption[];
  readonly payload?: Uint8Array;
}

export interface Request extends Content {
  /** 1 to 8 bytes, not that of another request or observation of this peer. */
  readonly token: Uint8Array;
  /**
   * Sent once only, and given up after so many milliseconds: for what would be done twice by a peer that does not tell
   * copies apart.
   */
  readonly onceMs?: number;
  /**
   * Asked before a response that comes by itself, outside of the acknowledgement, is acknowledged; as onNotification. Where
   * a notification may overtake the response, this is one.
   */
  readonly onSeparate?: (response: CoapMessage) => Verdict | undefined | Promise<Verdict | undefined>;
}

/** What to do with a response that no request waits for: take it, or have the peer send no more of its kind (RFC 7641 §3.6). */
export type Verdict = 'acknowledge' | 'reset';

export interface PeerOptions {
  readonly world: World;
  readonly parameters: TransmissionParameters;
  readonly leniency?: Leniency;
  /** Requests under way at once (RFC 7252 §4.7); others wait their turn. */
  readonly nstart: number;
  /** Messages of the peer remembered at most. */
  readonly mostSeen: number;
  readonly send: (bytes: Uint8Array) => void;
  /** Time for a response of its own after an Empty acknowledgement, in milliseconds. */
  readonly responseMs: number;
  /** Undefined leaves the peer without an answer, and its next copy is asked about again. */
  readonly onRequest: (request: CoapMessage) => Content | undefined | Promise<Content | undefined>;
  /** Likewise. */
  readonly onNotification: (response: CoapMessage) => Verdict | undefined | Promise<Verdict | undefined>;
  /** The peer sent a message again: it does not know yet that it arrived. */
  readonly onCopy?: (message: CoapMessage) => void;
  /** Bytes that are no message, or what one of the two above threw, which counts as undefined: for a count and a log. */
  readonly onProblem: (problem: unknown) => void;
}

/** How a request ended without a response. */
export class ExchangeError extends Error {
  readonly how: 'reset' | 'timeout' | 'closed';

  constructor(how: 'reset' | 'timeout' | 'closed') {
    super(`no response: ${how}`);
    this.how = how;
  }

  override get name(): string {
    return 'ExchangeError';
  }
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (response: CoapMessage) => void;
  readonly reject: (error: ExchangeError) => void;
  /** Once it is sent. */
  messageId?: number;
  /** Once it is acknowledged, and the response is to come by itself. */
  timer?: Timer;
}

const NOTHING = new Uint8Array(0);

export class CoapPeer {
  readonly #options: PeerOptions;
  readonly #ids: MessageIds;
  readonly #seen: SeenMessages;
  readonly #outstanding: Outstanding;
  /** Requests that were sent and have no response yet, by token. */
  readonly #requests = new Map<string, Waiting>();
  readonly #queue: Waiting[] = [];
  readonly #conLifetimeMs: number;
  readonly #nonLifetimeMs: number;
  #open = true;

  constructor(options: PeerOptions) {
    const { world, parameters, mostSeen, send } = options;
    this.#options = options;
    this.#conLifetimeMs = exchangeLifetimeMs(parameters);
    this.#nonLifetimeMs = nonLifetimeMs(parameters);
    this.#ids = new MessageIds(world, this.#conLifetimeMs);
    this.#seen = new SeenMessages(world, mostSeen);
    this.#outstanding = new Outstanding(world, parameters, send);
  }

  /** Messages that were sent again because nothing came. */
  get resent(): number {
    return this.#outstanding.resent;
  }

  /** Requests without a response, those that wait their turn included. */
  get unanswered(): number {
    return this.#requests.size + this.#queue.length;
  }

  /** A confirmable request; resolves to the response, in its acknowledgement or by itself. ExchangeError if there is none. */
  request(request: Request): Promise<CoapMessage> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(new ExchangeError('closed'));
      if (this.#isTaken(request.token)) throw new RangeError('the token is taken, or empty');
      this.#queue.push({ request, resolve, reject });
      this.#sendNext();
    });
  }

  /** An Empty confirmable message, which any CoAP endpoint resets (§4.3): resolves when it did. ExchangeError if it did not. */
  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(new ExchangeError('closed'));
      const messageId = this.#ids.take();
      this.#outstanding.send(messageId, empty('CON', messageId), (ending) => {
        // An acknowledgement proves as much.
        if (ending.how === 'reset' || ending.how === 'acknowledged') resolve();
        else reject(new ExchangeError(ending.how));
      });
    });
  }

  /** What came from the peer, one message. Never throws for what is in it. */
  receive(bytes: Uint8Array): void {
    if (!this.#open) return;
    let message: CoapMessage;
    try {
      message = decodeMessage(bytes, this.#options.leniency);
    } catch (error) {
      this.#refuse(bytes, error as Error);
      return;
    }
    if (message.type === 'ACK' || message.type === 'RST') this.#outstanding.settle(message);
    else this.#take(message);
  }

  /** Ends what is under way: every request is rejected, nothing is sent or taken any more. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.giveUp();
  }

  /** Every request is rejected: nobody is there to answer. What still comes is taken. */
  giveUp(): void {
    const waiting = [...this.#requests.values(), ...this.#queue];
    this.#requests.clear();
    this.#queue.length = 0;
    for (const { timer, reject } of waiting) {
      timer?.cancel();
      reject(new ExchangeError('closed'));
    }
    this.#outstanding.end();
  }

  /** §4.2: who cannot make sense of a confirmable message resets it; anything else is ignored. */
  #refuse(bytes: Uint8Array, problem: Error): void {
    this.#options.onProblem(problem);
    const isConfirmable = bytes.length >= 4 && bytes[0]! >> 4 === 0b0100;
    if (isConfirmable) this.#options.send(empty('RST', (bytes[2]! << 8) | bytes[3]!));
  }

  #take(message: CoapMessage): void {
    const { type, messageId } = message;
    const copy = this.#seen.find(messageId);
    if (copy !== undefined) {
      this.#options.onCopy?.(message);
      if (copy.answer !== undefined) this.#options.send(copy.answer);
      return;
    }
    if (message.code === EMPTY) {
      this.#options.send(empty('RST', messageId));
      return;
    }
    this.#seen.add(messageId, type === 'CON' ? this.#conLifetimeMs : this.#nonLifetimeMs);
    if (isRequest(message.code)) this.#answer(message);
    else if (isResponse(message.code)) this.#respond(message);
  }

  #answer(request: CoapMessage): void {
    this.#whenKnown(request, this.#options.onRequest, ({ code, options = [], payload = NOTHING }) => {
      const confirmable = request.type === 'CON';
      const type = confirmable ? 'ACK' : 'NON';
      const messageId = confirmable ? request.messageId : this.#ids.take();
      this.#answerWith(request, encodeMessage({ type, code, messageId, token: request.token, options, payload }));
    });
  }

  /** A response in a message of its own: to a request that waits for it, or a notification. */
  #respond(response: CoapMessage): void {
    const waiting = this.#requests.get(tokenText(response.token));
    if (waiting === undefined) {
      this.#whenKnown(response, this.#options.onNotification, (verdict) => this.#acknowledge(response, verdict));
      return;
    }
    const { onSeparate = (): Verdict => 'acknowledge' } = waiting.request;
    this.#whenKnown(response, onSeparate, (verdict) => {
      this.#acknowledge(response, verdict);
      // Answered by the acknowledgement meanwhile.
      if (this.#requests.get(tokenText(response.token)) !== waiting) return;
      // It may have overtaken the acknowledgement, which it makes needless (§5.2.2).
      this.#outstanding.drop(waiting.messageId!);
      this.#finish(waiting, () => waiting.resolve(response));
    });
  }

  #acknowledge(response: CoapMessage, verdict: Verdict): void {
    // A non-confirmable response may be reset, and is never acknowledged (§4.3).
    if (response.type === 'NON' && verdict === 'acknowledge') return;
    this.#answerWith(response, empty(verdict === 'acknowledge' ? 'ACK' : 'RST', response.messageId));
  }

  #answerWith({ messageId }: CoapMessage, bytes: Uint8Array): void {
    this.#seen.answered(messageId, bytes);
    this.#options.send(bytes);
  }

  /** Asks the caller about a message. At once where it knows at once: a promise would let the next message in first. */
  #whenKnown<T>(
    message: CoapMessage,
    ask: (message: CoapMessage) => T | undefined | Promise<T | undefined>,
    then: (answer: T) => void,
  ): void {
    const known = (answer: T | undefined): void => {
      if (answer === undefined) this.#seen.forget(message.messageId);
      else if (this.#open) then(answer);
    };
    const threw = (error: unknown): void => {
      this.#options.onProblem(error);
      known(undefined);
    };
    try {
      const answer = ask(message);
      if (answer instanceof Promise) void answer.then(known).catch(threw);
      else known(answer);
    } catch (error) {
      threw(error);
    }
  }

  #isTaken(token: Uint8Array): boolean {
    const key = tokenText(token);
    return key === '' || this.#requests.has(key) || this.#queue.some(({ request }) => tokenText(request.token) === key);
  }

  #sendNext(): void {
    while (this.#open && this.#queue.length > 0 && this.#requests.size < this.#options.nstart) {
      const waitMs = this.#ids.waitMs();
      if (waitMs > 0) {
        this.#options.world.after(waitMs, () => this.#sendNext());
        return;
      }
      this.#start(this.#queue.shift()!);
    }
  }

  #start(waiting: Waiting): void {
    const { code, token, options = [], payload = NOTHING, onceMs } = waiting.request;
    const messageId = this.#ids.take();
    waiting.messageId = messageId;
    this.#requests.set(tokenText(token), waiting);
    const bytes = encodeMessage({ type: 'CON', code, messageId, token, options, payload });
    this.#outstanding.send(messageId, bytes, (ending) => this.#ended(waiting, ending), onceMs);
  }

  #ended(waiting: Waiting, ending: Ending): void {
    if (ending.how !== 'acknowledged') {
      this.#finish(waiting, () => waiting.reject(new ExchangeError(ending.how)));
    } else if (isResponse(ending.message.code)) {
      // Message ID and token both belong to it, or to nothing that was asked.
      const mine = tokenText(ending.message.token) === tokenText(waiting.request.token);
      this.#finish(waiting, () =>
        mine ? waiting.resolve(ending.message) : waiting.reject(new ExchangeError('reset')),
      );
    } else {
      const late = (): void => this.#finish(waiting, () => waiting.reject(new ExchangeError('timeout')));
      waiting.timer = this.#options.world.after(this.#options.responseMs, late);
    }
  }

  #finish(waiting: Waiting, tell: () => void): void {
    waiting.timer?.cancel();
    this.#requests.delete(tokenText(waiting.request.token));
    tell();
    this.#sendNext();
  }
}

function empty(type: CoapMessage['type'], messageId: number): Uint8Array {
  return encodeMessage({ type, code: EMPTY, messageId, token: NOTHING, options: [], payload: NOTHING });
}

function tokenText(token: Uint8Array): string {
  let text = '';
  for (const byte of token) text += String.fromCharCode(byte);
  return text;
}
