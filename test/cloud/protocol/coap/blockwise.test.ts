import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockOf, blockOption } from '../../../../cloud/protocol/coap/block.ts';
import {
  type BlockLimits,
  BlockTransfer,
  DEFAULT_BLOCK_LIMITS,
} from '../../../../cloud/protocol/coap/block-transfer.ts';
import { METHODS, RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import type { CoapMessage, CoapOption } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionUint, pathOptions } from '../../../../cloud/protocol/coap/options.ts';
import { CoapPeer, type Content, type Request } from '../../../../cloud/protocol/coap/peer.ts';
import { DEFAULT_TRANSMISSION } from '../../../../cloud/protocol/coap/transmission.ts';
import { requestWhole } from '../../../../cloud/protocol/coap/whole-request.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { lossyLink, VirtualWorld } from './virtual-world.ts';

const nothing = new Uint8Array(0);
const bytesOf = (length: number, first = 0) => Uint8Array.from({ length }, (_, index) => (index + first) % 251);

/** A server's side alone, whose handler answers with what it was sent. */
function echo(limits: Partial<BlockLimits> = {}) {
  const world = new VirtualWorld();
  const bodies: Uint8Array[] = [];
  const handler = ({ payload }: CoapMessage): Content => {
    bodies.push(payload);
    return { code: RESPONSES.Changed };
  };
  const transfer = new BlockTransfer(world, handler, { ...DEFAULT_BLOCK_LIMITS, ...limits });
  const put = (number: number, more: boolean, payload: Uint8Array<ArrayBuffer>, path = '/a', size = 64) =>
    transfer.answer(
      message(
        METHODS.PUT,
        [...pathOptions(OPTIONS.UriPath, path), blockOption(OPTIONS.Block1, { number, more, size })],
        payload,
      ),
    ) as Content;
  return { world, bodies, transfer, put };
}

function message(code: number, options: readonly CoapOption[], payload = nothing): CoapMessage {
  return { type: 'CON', code, messageId: 1, token: Uint8Array.of(1), options, payload };
}

describe('a body that comes in blocks (RFC 7959 §2.5)', () => {
  test('is handed on once, whole; each block but the last is answered 2.31', () => {
    const { bodies, put, transfer } = echo();
    expect(put(0, true, bytesOf(64)).code).toBe(RESPONSES.Continue);
    expect(put(1, true, bytesOf(64, 64)).code).toBe(RESPONSES.Continue);
    expect(bodies).toEqual([]);
    const last = put(2, false, bytesOf(2, 128));
    expect(last.code).toBe(RESPONSES.Changed);
    expect(blockOf({ options: last.options ?? [] }, OPTIONS.Block1)).toEqual({ number: 2, more: false, size: 64 });
    expect(bodies).toEqual([bytesOf(130)]);
    expect(transfer.unfinished).toBe(0);
  });

  test.each<[string, (put: ReturnType<typeof echo>['put']) => Content]>([
    ['whose forerunner is missing', (put) => put(1, false, bytesOf(3))],
    ['that leaves one out', (put) => [put(0, true, bytesOf(64)), put(2, false, bytesOf(3))][1]!],
    ['in the middle that is not full', (put) => put(0, true, bytesOf(63))],
    ['that is larger than it says', (put) => put(0, false, bytesOf(65))],
  ])('a block %s is answered 4.08', (_what, send) => {
    const { bodies, put } = echo();
    expect(send(put).code).toBe(RESPONSES.RequestEntityIncomplete);
    expect(bodies).toEqual([]);
  });

  test('too large a body is answered 4.13 with the size that would do', () => {
    const { put, transfer } = echo({ mostBytes: 100 });
    put(0, true, bytesOf(64));
    const refused = put(1, true, bytesOf(64));
    expect(refused.code).toBe(RESPONSES.RequestEntityTooLarge);
    expect(optionUint(refused.options ?? [], OPTIONS.Size1)).toBe(100);
    expect(transfer.unfinished).toBe(0);
  });

  test('bodies for different places do not mix; there are only so many; they do not stay', async () => {
    const { world, bodies, put, transfer } = echo({ mostBodies: 2 });
    for (const path of ['/a', '/b', '/c']) put(0, true, bytesOf(64), path);
    expect(transfer.unfinished).toBe(2);
    expect(put(1, false, bytesOf(1), '/a').code).toBe(RESPONSES.RequestEntityIncomplete);
    expect(put(1, false, bytesOf(1), '/b').code).toBe(RESPONSES.Changed);
    await world.pass(DEFAULT_BLOCK_LIMITS.patienceMs);
    expect(put(1, false, bytesOf(1), '/c').code).toBe(RESPONSES.RequestEntityIncomplete);
    expect([bodies.length, transfer.unfinished, world.pending]).toEqual([1, 0, 0]);
  });

  test('a block option that is none is an error of ours', () => {
    const { transfer } = echo();
    const bad = message(METHODS.PUT, [{ number: OPTIONS.Block1, value: Uint8Array.of(7) }]);
    expect(() => transfer.answer(bad)).toThrow(FormatError);
  });
});

describe('a response that goes in blocks (§2.4)', () => {
  const serve = (body: Uint8Array) =>
    new BlockTransfer(new VirtualWorld(), () => ({ code: RESPONSES.Content, payload: body }));
  const get = (number: number, size: number) =>
    message(METHODS.GET, [blockOption(OPTIONS.Block2, { number, more: false, size })]);

  test('small ones go as they are', () => {
    expect(serve(bytesOf(1024)).answer(message(METHODS.GET, []))).toEqual({
      code: RESPONSES.Content,
      payload: bytesOf(1024),
    });
  });

  test('a block behind the end is a bad option', () => {
    expect(serve(bytesOf(100)).answer(get(7, 16))).toEqual({ code: RESPONSES.BadOption });
  });

  test('what changes meanwhile has another tag', () => {
    const tag = (body: Uint8Array, number: number) =>
      (serve(body).answer(get(number, 64)) as Content).options?.find(({ number: one }) => one === OPTIONS.ETag)?.value;
    expect(tag(bytesOf(100), 0)).toEqual(tag(bytesOf(100), 1));
    expect(tag(bytesOf(100), 0)).not.toEqual(tag(bytesOf(100, 1), 1));
  });

  test('the second half of what a POST answers is not asked for by doing it again', () => {
    let done = 0;
    const transfer = new BlockTransfer(new VirtualWorld(), () => ({
      code: RESPONSES.Changed,
      payload: bytesOf(++done),
    }));
    const block = blockOption(OPTIONS.Block2, { number: 1, more: false, size: 16 });
    expect(transfer.answer(message(METHODS.POST, [block]))).toEqual({ code: RESPONSES.RequestEntityIncomplete });
    expect(done).toBe(0);
  });
});

describe('both sides, over a network that loses, doubles and reorders', () => {
  /** Resolves to what the server was given and what the client got back. */
  async function carry(seed: number, up: Uint8Array, down: Uint8Array, clientBlock: number, serverBlock: number) {
    const world = new VirtualWorld(seed);
    const faults = { loss: 0.15, duplicate: 0.2, jitterMs: 500 };
    const common = {
      world,
      parameters: { ...DEFAULT_TRANSMISSION, maxRetransmit: 10 },
      nstart: 1,
      mostSeen: 1_000,
      responseMs: 60_000,
      onNotification: () => 'reset' as const,
      onProblem: (problem: unknown) => {
        throw problem;
      },
    };
    const given: Uint8Array[] = [];
    const handler = ({ payload }: CoapMessage) => {
      given.push(payload);
      return { code: RESPONSES.Content, payload: down };
    };
    const transfer = new BlockTransfer(world, handler, { ...DEFAULT_BLOCK_LIMITS, blockSize: serverBlock });
    const client: CoapPeer = new CoapPeer({
      ...common,
      send: lossyLink(world, faults, (bytes) => server.receive(bytes)),
      onRequest: () => undefined,
    });
    const server: CoapPeer = new CoapPeer({
      ...common,
      send: lossyLink(world, faults, (bytes) => client.receive(bytes)),
      onRequest: (request) => transfer.answer(request),
    });
    let tokens = 1;
    const request: Request = {
      code: METHODS.GET,
      token: Uint8Array.of(0),
      options: pathOptions(OPTIONS.UriPath, '/a'),
      payload: up,
    };
    const nextToken = () => Uint8Array.of(tokens >> 8, tokens++ & 0xff);
    const answered = requestWhole(client, request, { blockSize: clientBlock, mostBytes: 100_000, nextToken });
    let waiting = true;
    const done = () => {
      waiting = false;
    };
    void answered.then(done, done);
    for (let minutes = 0; waiting && minutes < 24 * 60; minutes++) await world.pass(60_000);
    expect(waiting).toBe(false);
    return { given, got: (await answered).payload };
  }

  test('bodies of any size arrive whole, in blocks of any size', async () => {
    const size = fc.constantFrom(16, 32, 64, 128, 256, 512, 1024);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(2_000), fc.nat(2_000), size, size, async (seed, up, down, client, server) => {
        const { given, got } = await carry(seed, bytesOf(up), bytesOf(down, 7), client, server);
        expect(given[0]).toEqual(bytesOf(up));
        expect(got).toEqual(bytesOf(down, 7));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a response that does not fit together is refused', () => {
  const whole = (responses: readonly Partial<CoapMessage>[]) => {
    const left = [...responses];
    const peer = {
      request: async () => ({ ...message(RESPONSES.Content, []), ...left.shift() }),
    };
    const request: Request = { code: METHODS.GET, token: Uint8Array.of(1) };
    return requestWhole(peer, request, { blockSize: 64, mostBytes: 100, nextToken: () => Uint8Array.of(2) });
  };
  const block = (number: number, more: boolean, length: number, tag = 1): Partial<CoapMessage> => ({
    options: [
      { number: OPTIONS.ETag, value: Uint8Array.of(tag) },
      blockOption(OPTIONS.Block2, { number, more, size: 32 }),
    ],
    payload: bytesOf(length),
  });

  test.each<[string, readonly Partial<CoapMessage>[]]>([
    ['it begins in the middle', [block(1, true, 32)]],
    ['another block than the one asked for', [block(0, true, 32), block(2, false, 3)]],
    ['a block that is not full', [block(0, true, 31)]],
    ['no block at all', [block(0, true, 32), { payload: bytesOf(3) }]],
    ['the body changed', [block(0, true, 32), block(1, false, 3, 2)]],
    ['it never ends', [0, 1, 2, 3, 4].map((number) => block(number, true, 32))],
  ])('%s', async (_what, responses) => {
    await expect(whole(responses)).rejects.toThrow(FormatError);
  });
});
