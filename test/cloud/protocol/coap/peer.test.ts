import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { METHODS, RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, decodeMessage, encodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { CoapPeer, type Content, ExchangeError, type PeerOptions } from '../../../../cloud/protocol/coap/peer.ts';
import { DEFAULT_TRANSMISSION } from '../../../../cloud/protocol/coap/transmission.ts';
import { lossyLink, VirtualWorld } from './virtual-world.ts';

const ascii = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const token = (...bytes: number[]) => Uint8Array.from(bytes);
const nothing = new Uint8Array(0);

/** A peer whose other side is the test: what it sends is decoded and kept. */
function alone(options: Partial<PeerOptions> = {}) {
  const world = new VirtualWorld();
  const sent: CoapMessage[] = [];
  const problems: unknown[] = [];
  const peer = new CoapPeer({
    world,
    parameters: DEFAULT_TRANSMISSION,
    leniency: { tokenInEmptyAck: true },
    nstart: 1,
    mostSeen: 1_000,
    responseMs: 60_000,
    send: (bytes) => sent.push(decodeMessage(bytes)),
    onRequest: () => ({ code: RESPONSES.Content, payload: ascii('ok') }),
    onNotification: () => 'acknowledge',
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  const give = (message: Partial<CoapMessage>) =>
    peer.receive(
      encodeMessage({ type: 'CON', code: 0, messageId: 1, token: nothing, options: [], payload: nothing, ...message }),
    );
  return { world, sent, problems, peer, give };
}

const howItEnded = (ended: Promise<unknown>) =>
  ended.then(
    () => 'answered',
    (error: unknown) => (error instanceof ExchangeError ? error.how : error),
  );

describe('a request to the peer', () => {
  const get = { code: METHODS.GET, token: token(1, 2) };

  test('is answered in its acknowledgement (§5.2.1)', async () => {
    const { sent, peer, give } = alone();
    const answer = peer.request(get);
    expect(sent).toMatchObject([{ type: 'CON', code: METHODS.GET, token: get.token }]);
    give({
      type: 'ACK',
      code: RESPONSES.Content,
      messageId: sent[0]!.messageId,
      token: get.token,
      payload: ascii('7'),
    });
    expect(textOf((await answer).payload)).toBe('7');
  });

  test('is answered by itself, after an Empty acknowledgement (§5.2.2), which may have a token', async () => {
    const { sent, peer, give } = alone();
    const answer = peer.request(get);
    give({ type: 'ACK', messageId: sent[0]!.messageId, token: get.token });
    give({ type: 'CON', code: RESPONSES.Content, messageId: 900, token: get.token, payload: ascii('late') });
    expect(textOf((await answer).payload)).toBe('late');
    expect(sent[1]).toMatchObject({ type: 'ACK', code: 0, messageId: 900 });
  });

  test('is not sent again once its response overtook its acknowledgement', async () => {
    const { world, sent, peer, give } = alone();
    const answer = peer.request(get);
    give({ type: 'CON', code: RESPONSES.Content, messageId: 900, token: get.token });
    await answer;
    await world.pass(100_000);
    expect(sent.filter(({ type }) => type === 'CON')).toHaveLength(1);
  });

  test('is sent four times more, at doubling times, and given up after at most 93 s', async () => {
    const { world, sent, peer } = alone();
    const at: number[] = [];
    const ended = howItEnded(peer.request(get));
    for (let count = 1; world.now() < 93_000; await world.pass(100)) {
      if (sent.length > count) at.push(world.now());
      count = sent.length;
    }
    expect(await ended).toBe('timeout');
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(1);
    expect([sent.length, peer.resent]).toEqual([5, 4]);
    const [first = 0] = at;
    expect(first).toBeGreaterThanOrEqual(2_000);
    expect(first).toBeLessThanOrEqual(3_100);
    for (const [index, time] of at.entries()) {
      expect(Math.abs(time - first * (2 ** (index + 1) - 1))).toBeLessThan(800);
    }
  });

  test('ends with a reset, with a response that never comes, and with the peer', async () => {
    const { world, sent, peer, give } = alone();
    const reset = howItEnded(peer.request(get));
    give({ type: 'RST', messageId: sent.at(-1)!.messageId });
    expect(await reset).toBe('reset');
    const silent = howItEnded(peer.request(get));
    give({ type: 'ACK', messageId: sent.at(-1)!.messageId });
    await world.pass(60_001);
    expect(await silent).toBe('timeout');
    const closed = howItEnded(peer.request(get));
    const queued = howItEnded(peer.request({ ...get, token: token(9) }));
    peer.close();
    expect([await closed, await queued, await howItEnded(peer.request(get))]).toEqual(['closed', 'closed', 'closed']);
    expect(world.pending).toBe(0);
  });

  test('waits for its turn: one at a time (§4.7)', async () => {
    const { sent, peer, give } = alone();
    const answers = [1, 2, 3].map((number) => peer.request({ ...get, token: token(number) }));
    for (const number of [1, 2, 3]) {
      expect(sent).toHaveLength(number);
      give({ type: 'ACK', code: RESPONSES.Content, messageId: sent.at(-1)!.messageId, token: token(number) });
      await answers[number - 1];
    }
    expect(peer.unanswered).toBe(0);
  });

  test('has a message id of its own, until they are all taken', async () => {
    const { world, sent, peer, give } = alone();
    const ask = async (index: number) => {
      const answer = peer.request({ ...get, token: token(index & 0xff, index >> 8) });
      if (sent.length === 0) await world.pass(247_000);
      const { messageId, token: asked } = sent.pop()!;
      give({ type: 'ACK', code: RESPONSES.Content, messageId, token: asked });
      await answer;
      return messageId;
    };
    const ids = new Set<number>();
    let index = 0;
    for (; world.now() === 0 && index < 70_000; index++) ids.add(await ask(index));
    expect(world.now()).toBe(247_000);
    // At most one block of them, and the one for which it had to wait, are left out.
    expect(ids.size).toBeGreaterThan(0x1_0000 - 0x1000);
    expect(ids.size).toBeGreaterThanOrEqual(index - 1);
  });

  test('must have a token that is not taken', async () => {
    const { peer } = alone();
    void howItEnded(peer.request(get));
    await expect(peer.request(get)).rejects.toThrow(RangeError);
    await expect(peer.request({ ...get, token: nothing })).rejects.toThrow(RangeError);
  });
});

describe('a message from the peer', () => {
  const put = { type: 'CON', code: METHODS.PUT, messageId: 77, token: token(5) } as const;

  test('a request is answered in the acknowledgement, whenever its answer is known', async () => {
    let tell: (content: Content) => void = () => undefined;
    const { world, sent, give } = alone({ onRequest: () => new Promise((resolve) => (tell = resolve)) });
    give(put);
    await world.pass(10_000);
    expect(sent).toEqual([]);
    tell({ code: RESPONSES.Changed });
    await world.pass(0);
    expect(sent).toMatchObject([{ type: 'ACK', code: RESPONSES.Changed, messageId: 77, token: token(5) }]);
  });

  test('its copies are worked on once, and answered alike (§4.5), for 247 s', async () => {
    let handled = 0;
    const { world, sent, give } = alone({
      onRequest: () => ({ code: RESPONSES.Changed, payload: ascii(`${++handled}`) }),
    });
    for (let copy = 0; copy < 5; copy++) give(put);
    await world.pass(246_000);
    give(put);
    expect([handled, sent.length]).toEqual([1, 6]);
    expect(new Set(sent.map(({ payload }) => textOf(payload)))).toEqual(new Set(['1']));
    await world.pass(2_000);
    give(put);
    expect(handled).toBe(2);
  });

  test.each(['nothing', 'an error', 'a late error'])(
    'with %s for an answer its copy is worked on again',
    async (answer) => {
      let handled = 0;
      const { world, sent, problems, give } = alone({
        onRequest: () => {
          handled += 1;
          if (handled > 1) return { code: RESPONSES.Changed };
          if (answer === 'an error') throw new Error('disk full');
          return answer === 'nothing' ? undefined : Promise.reject(new Error('disk full'));
        },
      });
      give(put);
      await world.pass(0);
      expect(sent).toEqual([]);
      give(put);
      expect([handled, sent.length]).toEqual([2, 1]);
      expect(problems).toHaveLength(answer === 'nothing' ? 0 : 1);
    },
  );

  test('a non-confirmable request has a non-confirmable answer', () => {
    const { sent, give } = alone();
    give({ ...put, type: 'NON' });
    expect(sent).toMatchObject([{ type: 'NON', code: RESPONSES.Content, token: token(5) }]);
  });

  test('a notification is acknowledged when it was decided, and reset where nobody wants it', async () => {
    let decide: (verdict: 'acknowledge' | 'reset') => void = () => undefined;
    const { world, sent, give } = alone({ onNotification: () => new Promise((resolve) => (decide = resolve)) });
    const notification = { type: 'CON', code: RESPONSES.Content, messageId: 5, token: token(8) } as const;
    give(notification);
    give(notification);
    expect(sent).toEqual([]);
    decide('acknowledge');
    await world.pass(0);
    expect(sent).toMatchObject([{ type: 'ACK', code: 0, messageId: 5 }]);
    give({ ...notification, messageId: 6 });
    decide('reset');
    await world.pass(0);
    expect(sent[1]).toMatchObject({ type: 'RST', messageId: 6 });
  });

  test('a ping is reset (§4.3)', () => {
    const { sent, give } = alone();
    give({ type: 'CON', code: 0, messageId: 3 });
    expect(sent).toMatchObject([{ type: 'RST', messageId: 3 }]);
  });

  test('what is no message is reset if it was confirmable, and reported in any case', () => {
    const { sent, problems, peer } = alone();
    peer.receive(Uint8Array.of(0x49, 1, 0x12, 0x34));
    peer.receive(Uint8Array.of(0x59, 1, 0x12, 0x35));
    peer.receive(Uint8Array.of(0x40));
    expect(sent).toMatchObject([{ type: 'RST', messageId: 0x1234 }]);
    expect(problems).toHaveLength(3);
  });

  test('an acknowledgement of nothing is nothing', () => {
    const { sent, peer, give } = alone();
    give({ type: 'ACK', messageId: 4 });
    give({ type: 'RST', messageId: 4 });
    expect([sent.length, peer.unanswered]).toEqual([0, 0]);
  });
});

test('pinging a peer ends with its reset, or not at all', async () => {
  const { world, sent, peer, give } = alone();
  const alive = howItEnded(peer.ping());
  give({ type: 'RST', messageId: sent[0]!.messageId });
  expect(await alive).toBe('answered');
  const dead = howItEnded(peer.ping());
  await world.pass(100_000);
  expect(await dead).toBe('timeout');
});

test('over a network that loses, doubles and reorders, a request is worked on once and has its own answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(),
        loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
        duplicate: fc.double({ min: 0, max: 0.5, noNaN: true }),
        jitterMs: fc.nat(8_000),
        slowMs: fc.nat(5_000),
      }),
      async ({ seed, slowMs, ...faults }) => {
        const world = new VirtualWorld(seed);
        const handled = new Map<string, number>();
        const common = {
          world,
          parameters: DEFAULT_TRANSMISSION,
          nstart: 3,
          mostSeen: 1_000,
          responseMs: 60_000,
          onNotification: () => 'reset' as const,
          onProblem: (problem: unknown) => {
            throw problem;
          },
        };
        const client: CoapPeer = new CoapPeer({
          ...common,
          send: lossyLink(world, faults, (bytes) => server.receive(bytes)),
          onRequest: () => undefined,
        });
        const server: CoapPeer = new CoapPeer({
          ...common,
          send: lossyLink(world, faults, (bytes) => client.receive(bytes)),
          onRequest: ({ payload }) => {
            const asked = textOf(payload);
            handled.set(asked, (handled.get(asked) ?? 0) + 1);
            const content: Content = { code: RESPONSES.Content, payload: ascii(`answer to ${asked}`) };
            return new Promise((resolve) => world.after(slowMs, () => resolve(content)));
          },
        });
        const outcomes = Array.from({ length: 20 }, async (_, index) => {
          const request = { code: METHODS.POST, token: token(index + 1), payload: ascii(`${index}`) };
          const ended = client.request(request).then(({ payload }) => textOf(payload), howOf);
          return { index, answer: await ended };
        });
        for (let minutes = 0; minutes < 60; minutes++) await world.pass(60_000);
        for (const { index, answer } of await Promise.all(outcomes)) {
          if (answer !== 'timeout') expect(answer).toBe(`answer to ${index}`);
          expect(handled.get(`${index}`) ?? 0).toBeLessThanOrEqual(1);
          if (answer !== 'timeout') expect(handled.get(`${index}`)).toBe(1);
        }
        expect([client.unanswered, world.pending]).toEqual([0, 0]);
      },
    ),
    { numRuns: 60 },
  );
});

const howOf = (error: unknown): string => (error instanceof ExchangeError ? error.how : String(error));
