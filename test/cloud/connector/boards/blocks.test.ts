/** Values that are larger than a message: who observes or reads gets them whole, or not at all (RFC 7959 §2.4, §2.6). */
import { describe, expect, it } from '@jest/globals';
import type { BoardSettings } from '../../../../cloud/connector/boards/settings.ts';
import { blockOf, blockOption } from '../../../../cloud/protocol/coap/block.ts';
import type { CoapMessage } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, uintOption } from '../../../../cloud/protocol/coap/options.ts';
import { Bench, RawPeer } from './bench.ts';

const PATH = '/9/0/1';
const SIZE = 64;
const CONTENT = 0x45;
const [FIRST, SECOND, THIRD] = ['a', 'b', 'c'].map((letter) => letter.repeat(150)) as [string, string, string];

/** A board whose value comes in blocks of 64 bytes. */
class BlockBoard {
  readonly bench: Bench;
  readonly peer: RawPeer;
  value = FIRST;
  /** Whether it answers observing in a message of its own. */
  isSeparate = false;
  /** From this block on it answers nothing. */
  answersTo = 1_000;
  #observe = 0;
  #token: Uint8Array = Uint8Array.of();

  constructor(settings: Partial<BoardSettings> = {}) {
    this.bench = new Bench(settings);
    this.bench.wanted.clear();
    this.bench.wanted.add(PATH);
    this.peer = new RawPeer(this.bench);
    this.peer.onRequest = (request) => this.#answer(request);
  }

  async register(): Promise<this> {
    this.peer.register(['ep=board-1', 'lt=3600'], `<${PATH}>;obs`);
    await this.bench.world.pass(1_000);
    return this;
  }

  /** Its value changes, and it says so; resolves to the notification's Message ID. */
  change(value: string): number {
    this.value = value;
    this.#observe += 1;
    return this.peer.give({ code: CONTENT, token: this.#token, ...this.#part(0, this.#observe) });
  }

  #answer(request: CoapMessage): void {
    const { messageId, token, options } = request;
    const number = blockOf(request, OPTIONS.Block2)?.number ?? 0;
    if (number >= this.answersTo) return;
    const isObserve = options.some((option) => option.number === OPTIONS.Observe);
    if (isObserve) this.#token = token;
    const part = { code: CONTENT, token, ...this.#part(number, isObserve ? this.#observe : undefined) };
    if (!isObserve || !this.isSeparate) return void this.peer.give({ type: 'ACK', messageId, ...part });
    this.peer.give({ type: 'ACK', messageId });
    this.peer.give(part);
  }

  #part(number: number, observe: number | undefined): Pick<CoapMessage, 'options' | 'payload'> {
    const [begin, end] = [number * SIZE, (number + 1) * SIZE];
    const block = blockOption(OPTIONS.Block2, { number, more: end < this.value.length, size: SIZE });
    const etag = { number: OPTIONS.ETag, value: Buffer.from(this.value.slice(0, 1)) };
    const seen = observe === undefined ? [] : [uintOption(OPTIONS.Observe, observe)];
    return { options: [etag, ...seen, block], payload: Buffer.from(this.value.slice(begin, end)) };
  }
}

describe('a value that comes in blocks', () => {
  it.each([false, true])(
    'is told whole, the first and each that follows (an answer of its own: %s)',
    async (isSeparate) => {
      const board = new BlockBoard();
      board.isSeparate = isSeparate;
      await board.register();
      const id = board.change(SECOND);
      await board.bench.world.pass(1_000);
      board.change('short');
      await board.bench.world.pass(1_000);
      expect(await board.bench.values()).toEqual([FIRST, SECOND, 'short']);
      expect(board.peer.answerTo(id)).toBe('Empty');
      expect(Buffer.from(board.bench.service.latest('board-1', PATH)!.value).toString()).toBe('short');
      expect(board.bench.refused).toEqual([]);
    },
  );

  it('is the answer to observing, whole', async () => {
    const { bench } = await new BlockBoard().register();
    const answer = bench.service.observe('board-1', PATH);
    await bench.world.pass(1_000);
    expect(Buffer.from((await answer).payload!).toString()).toBe(FIRST);
  });

  it('is acknowledged before the rest is asked for: a board may wait for that', async () => {
    const board = await new BlockBoard().register();
    board.peer.received.length = 0;
    board.change(SECOND);
    await board.bench.world.pass(0);
    expect(board.peer.received.map(({ type }) => type)).toEqual(['ACK', 'CON']);
  });

  it('is the newest, where it changes while it is fetched', async () => {
    const board = await new BlockBoard().register();
    await board.bench.values();
    board.change(SECOND);
    await board.bench.world.pass(1.5);
    board.change(THIRD);
    await board.bench.world.pass(1_000);
    expect(await board.bench.values()).toEqual([THIRD]);
  });

  it.each([
    ['does not answer', 2, {}, `value, 10.0.0.9:9: ${PATH}: no response: timeout`],
    ['has too much', 1_000, { mostBodyBytes: 140 }, `value, 10.0.0.9:9: ${PATH}: bad CoAP blocks: more than 140 bytes`],
  ])('is told of nobody, but in the log, where the board %s', async (_what, answersTo, settings, told) => {
    const board = new BlockBoard(settings);
    board.answersTo = answersTo;
    await board.register();
    const answer = board.bench.service.observe('board-1', PATH);
    await board.bench.world.pass(200_000);
    board.change(SECOND);
    await board.bench.world.pass(200_000);
    expect((await answer).payload).toBeUndefined();
    expect(await board.bench.values()).toEqual([]);
    expect(board.bench.service.latest('board-1', PATH)).toBeUndefined();
    expect(board.bench.refused).toEqual([told, told, told]);
  });

  it('that could not be had is read, whole, after the next update', async () => {
    const board = await new BlockBoard().register();
    await board.bench.values();
    board.answersTo = 2;
    board.change(SECOND);
    await board.bench.world.pass(200_000);
    expect(await board.bench.values()).toEqual([]);
    board.answersTo = 1_000;
    board.peer.update();
    await board.bench.world.pass(1_000);
    expect(await board.bench.values()).toEqual([SECOND]);
  });
});
