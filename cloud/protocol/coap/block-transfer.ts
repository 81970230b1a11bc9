/**
 * Bodies larger than one message: the server's side (RFC 7959 §2.5, §2.7).
 *
 *   request with Block1 ─► kept until the last block ─► handler, once ─► its response
 *   GET ─► handler ─► the block of the response that was asked for, with an ETag of the whole
 *
 * A response is not kept between its blocks: the handler is asked again, and the ETag tells a client that the body changed
 * meanwhile. A K64F answers nothing that has a Block option, so nobody uses them towards one.
 */
import { joinBytes } from '../join-bytes.ts';
import { type Block, blockOf, blockOption } from './block.ts';
import { METHODS, RESPONSES } from './codes.ts';
import type { CoapMessage, CoapOption } from './message.ts';
import { OPTIONS, uintOption } from './options.ts';
import type { Content } from './peer.ts';
import type { Timer, World } from './world.ts';

export interface BlockLimits {
  /** Largest body that is put together, in bytes. */
  readonly mostBytes: number;
  /** Bodies under way at once; the oldest gives way to a new one. */
  readonly mostBodies: number;
  /** Time from one block to the next, in milliseconds. */
  readonly patienceMs: number;
  /** Largest block that is sent: 16, 32 … 1024. */
  readonly blockSize: number;
}

export const DEFAULT_BLOCK_LIMITS: BlockLimits = {
  mostBytes: 64 * 1024,
  mostBodies: 4,
  patienceMs: 247_000,
  blockSize: 1024,
};

/** Answers a request whose body is whole. */
export type Handler = (request: CoapMessage) => Content | undefined | Promise<Content | undefined>;

interface Body {
  readonly parts: Uint8Array[];
  size: number;
  timer: Timer;
}

const NOTHING = new Uint8Array(0);
/** What makes two requests parts of one body (§2.5): the method and whatever says where it goes. */
const CACHE_KEY_OPTIONS = new Set<number>([
  OPTIONS.UriHost,
  OPTIONS.UriPort,
  OPTIONS.UriPath,
  OPTIONS.UriQuery,
  OPTIONS.ContentFormat,
  OPTIONS.Accept,
]);

/** What one peer sends and is sent in blocks. */
export class BlockTransfer {
  readonly #world: Pick<World, 'after'>;
  readonly #limits: BlockLimits;
  readonly #handler: Handler;
  readonly #bodies = new Map<string, Body>();

  constructor(world: Pick<World, 'after'>, handler: Handler, limits: BlockLimits = DEFAULT_BLOCK_LIMITS) {
    this.#world = world;
    this.#handler = handler;
    this.#limits = limits;
  }

  /** Bodies that lack a block. */
  get unfinished(): number {
    return this.#bodies.size;
  }

  /** Answers one request: a block of a body, or all of it. FormatError COAP_FORMAT for a Block option that is none. */
  answer(request: CoapMessage): Content | undefined | Promise<Content | undefined> {
    const block = blockOf(request, OPTIONS.Block1);
    if (block === undefined) return this.#whole(request);
    const taken = this.#take(request, block);
    if (!('body' in taken)) return taken;
    const echo = blockOption(OPTIONS.Block1, { ...block, more: false });
    const content = this.#whole({ ...request, payload: taken.body });
    return later(content, (answer) => withOptions(answer, [echo]));
  }

  /** Drops what is unfinished. */
  close(): void {
    for (const key of [...this.#bodies.keys()]) this.#forget(key);
  }

  /** A block of a body: the body where it was the last, or the answer that asks for the next, or refuses it. */
  #take(request: CoapMessage, block: Block): Content | { readonly body: Uint8Array } {
    const key = bodyKey(request);
    const { payload } = request;
    const echo = blockOption(OPTIONS.Block1, block);
    const begun = block.number === 0 ? this.#begin(key) : this.#bodies.get(key);
    // §2.9.2: 4.08 is for a block whose forerunners are not here; a block in the middle is as large as it says.
    const misfit = begun === undefined || begun.size !== block.number * block.size;
    if (misfit || (block.more && payload.length !== block.size) || payload.length > block.size) {
      this.#forget(key);
      return { code: RESPONSES.RequestEntityIncomplete, options: [echo] };
    }
    if (begun.size + payload.length > this.#limits.mostBytes) {
      this.#forget(key);
      const most = uintOption(OPTIONS.Size1, this.#limits.mostBytes);
      return { code: RESPONSES.RequestEntityTooLarge, options: [echo, most] };
    }
    begun.parts.push(Uint8Array.from(payload));
    begun.size += payload.length;
    if (block.more) {
      begun.timer.cancel();
      begun.timer = this.#patience(key);
      return { code: RESPONSES.Continue, options: [echo] };
    }
    this.#forget(key);
    return { body: joinBytes(begun.parts) };
  }

  #begin(key: string): Body {
    this.#forget(key);
    const [oldest] = this.#bodies.keys();
    if (oldest !== undefined && this.#bodies.size >= this.#limits.mostBodies) this.#forget(oldest);
    const body: Body = { parts: [], size: 0, timer: this.#patience(key) };
    this.#bodies.set(key, body);
    return body;
  }

  #patience(key: string): Timer {
    return this.#world.after(this.#limits.patienceMs, () => this.#bodies.delete(key));
  }

  #forget(key: string): void {
    this.#bodies.get(key)?.timer.cancel();
    this.#bodies.delete(key);
  }

  /** A request that is whole, and the block of its response that it asks for. */
  #whole(request: CoapMessage): Content | undefined | Promise<Content | undefined> {
    const asked = blockOf(request, OPTIONS.Block2);
    if (asked !== undefined && asked.number > 0 && request.code !== METHODS.GET) {
      // The handler must not act twice for the second half of its answer.
      return { code: RESPONSES.RequestEntityIncomplete };
    }
    return later(this.#handler(request), (content) => sliced(content, asked, this.#limits.blockSize));
  }
}

/** The block of a response that was asked for; all of it where it is small enough and nobody asked for less. */
function sliced(content: Content, asked: Block | undefined, largest: number): Content {
  const { payload = NOTHING } = content;
  const size = Math.min(asked?.size ?? largest, largest);
  if (asked === undefined && payload.length <= size) return content;
  // Where a smaller block was settled on, the number still counts the client's (§2.4).
  const start = asked === undefined ? 0 : asked.number * asked.size;
  if (start > 0 && start >= payload.length) return { code: RESPONSES.BadOption };
  const end = Math.min(start + size, payload.length);
  const block = blockOption(OPTIONS.Block2, { number: start / size, more: end < payload.length, size });
  const options = [etagOf(payload), block, ...(start === 0 ? [uintOption(OPTIONS.Size2, payload.length)] : [])];
  return withOptions({ ...content, payload: payload.subarray(start, end) }, options);
}

/** The same body has the same tag: 32 bits of FNV-1a, for telling versions apart and nothing else. */
function etagOf(payload: Uint8Array): CoapOption {
  let hash = 0x811c9dc5;
  for (const byte of payload) hash = Math.imul(hash ^ byte, 0x01000193);
  return {
    number: OPTIONS.ETag,
    value: Uint8Array.of(hash >>> 24, (hash >> 16) & 0xff, (hash >> 8) & 0xff, hash & 0xff),
  };
}

function withOptions(content: Content, more: readonly CoapOption[]): Content {
  return { ...content, options: [...(content.options ?? []), ...more] };
}

function later<T, U>(value: T | undefined | Promise<T | undefined>, then: (value: T) => U) {
  const known = (answer: T | undefined): U | undefined => (answer === undefined ? undefined : then(answer));
  return value instanceof Promise ? value.then(known) : known(value);
}

function bodyKey({ code, options }: CoapMessage): string {
  const parts = options.filter(({ number }) => CACHE_KEY_OPTIONS.has(number));
  return [code, ...parts.map(({ number, value }) => `${number}=${value.join('.')}`)].join(' ');
}
