/**
 * Delivers one key's queue over one open socket, one message at a time.
 *
 *   next batch ─► text frame, ping ─► pong ─► acknowledged ─► next batch
 *                                  └ no pong in time, or the socket breaks ─► cut off: the batch comes again on the next one
 *   nothing for 30 s ─► ping ─► pong
 *
 * A pong comes after what was sent before its ping was read (RFC 6455, sections 5.5.2 and 5.5.3): so a frame that was lost
 * on the way is never acknowledged, and a reader that is slow holds up nothing but one frame.
 */
import type { WebSocket } from 'ws';
import type { Events } from '../../events/open.ts';
import type { Batch } from '../../events/queue.ts';
import type { EventWorld } from '../../events/world.ts';
import type { WebsocketSettings } from '../settings.ts';
import { bodyOf, wanted } from '../webhook/body.ts';
import type { Webhook } from '../webhook/webhook.ts';

/** How events are written. */
export type WebsocketForm = Pick<Webhook, 'dialect' | 'extras' | 'mostItems'>;

export interface ConnectionParts {
  readonly key: string;
  readonly socket: WebSocket;
  readonly events: Events;
  readonly world: EventWorld;
  readonly settings: WebsocketSettings;
  /** Asked for each message. */
  readonly form: () => WebsocketForm;
  readonly onProblem: (problem: unknown) => void;
  /** Once, when it delivers no more, by itself or by `end`; `why` is for people. */
  readonly onOver: (why: string) => void;
}

export type ConnectionDoing = 'waiting for events' | 'sending';

/** After trouble with the connector's own file. */
const RETRY_MS = 1_000;

export class WebsocketConnection {
  readonly #parts: ConnectionParts;
  readonly #over = new AbortController();
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  #doing: ConnectionDoing = 'waiting for events';
  #pings = 0;
  #onPong: (payload: string) => void = () => undefined;

  /** Begins to deliver. The socket is open. */
  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    const { socket } = parts;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', (error) => this.#stop(error.message));
    socket.once('close', (code) => this.#stop(`the client closed it (${code})`));
    socket.on('pong', (payload) => this.#onPong(payload.toString()));
    void this.#run();
  }

  get doing(): ConnectionDoing {
    return this.#doing;
  }

  /** Closes the socket, with a closing handshake if the client takes part in it in time. */
  end(code: number, reason: string): void {
    this.#stop(reason);
    closeSocket(this.#parts.socket, code, reason, this.#parts);
  }

  async #run(): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        await this.#once();
      } catch (error) {
        this.#parts.onProblem(error);
        await this.#wait(RETRY_MS);
      }
    }
  }

  async #once(): Promise<void> {
    const { events, key, socket, form, onProblem } = this.#parts;
    this.#doing = 'waiting for events';
    const batch = await this.#next();
    if (this.#over.signal.aborted) return;
    if (batch !== undefined) {
      this.#doing = 'sending';
      socket.send(bodyOf(batch, form()), { binary: false }, ignore);
    }
    const isAnswered = await this.#roundTrip();
    if (this.#over.signal.aborted) return;
    if (!isAnswered) {
      this.#stop('it did not answer in time');
      socket.terminate();
    } else if (batch !== undefined) {
      // Not waited for: the next batch is asked for at once, and so in the same transaction.
      events.queue.acknowledge(key, batch).catch(onProblem);
    }
  }

  /** Undefined: there was nothing for so long that the socket is to be tried, or it is over. */
  async #next(): Promise<Batch | undefined> {
    const { events, key, settings, world, form } = this.#parts;
    const end = new AbortController();
    const giveUp = (): void => end.abort();
    const timer = world.after(settings.pingMs, giveUp);
    this.#over.signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await events.queue.next(key, wanted(form(), settings), end.signal);
    } finally {
      timer.cancel();
      this.#over.signal.removeEventListener('abort', giveUp);
    }
  }

  /** False: there was no pong in time, or it is over. */
  async #roundTrip(): Promise<boolean> {
    const payload = String(++this.#pings);
    let isAnswered = false;
    const answered = new Promise<void>((resolve) => {
      this.#onPong = (got) => {
        if (got !== payload) return;
        isAnswered = true;
        resolve();
      };
    });
    this.#parts.socket.ping(payload, false, ignore);
    await this.#wait(this.#parts.settings.answerMs, answered);
    return isAnswered;
  }

  /** For so long, or until `sooner`, or it is over. */
  async #wait(ms: number, sooner?: Promise<void>): Promise<void> {
    const { signal } = this.#over;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => resolve();
    const timer = this.#parts.world.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
    void sooner?.then(done);
    await promise;
    timer.cancel();
    signal.removeEventListener('abort', done);
  }

  #stop(why: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#parts.onOver(why);
  }
}

/** Closes a socket; one that does not take part in the closing handshake in time is cut off. */
export function closeSocket(
  socket: WebSocket,
  code: number,
  reason: string,
  { world, settings }: Pick<ConnectionParts, 'world' | 'settings'>,
): void {
  socket.on('error', ignore);
  const limit = world.after(settings.closeMs, () => socket.terminate());
  socket.once('close', () => limit.cancel());
  socket.close(code, reason);
}

/** What cannot be sent is seen as a pong that does not come, or as the socket's end. */
function ignore(): void {}
