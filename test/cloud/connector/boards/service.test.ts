/** What boards and users rely on, each habit of the board by itself: in virtual time, over a network that behaves. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BoardAnswer } from '../../../../cloud/connector/boards/boards.ts';
import { codeText, METHODS, RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import { OPTIONS, optionTexts, pathOptions, textOption, uintOption } from '../../../../cloud/protocol/coap/options.ts';
import { COUNTER_PATH, TIMER_PATH } from '../../../../cloud/protocol/paths.ts';
import { Bench, RawPeer } from './bench.ts';

describe('a registration', () => {
  it('is answered in the acknowledgement, with a location', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const id = peer.register(['ep=board-1', 'et=test', 'lt=100', 'd=dom', 'b=U']);
    await bench.world.pass(0);
    const [answer] = peer.received;
    expect([answer?.type, answer?.messageId, codeText(answer?.code ?? 0)]).toEqual(['ACK', id, '2.01 Created']);
    expect(optionTexts(answer?.options ?? [], OPTIONS.LocationPath)).toEqual([
      'rd',
      expect.stringMatching(/^[0-9a-f]{12}$/),
    ]);
    expect(bench.service.get('board-1')).toMatchObject({
      type: 'test',
      domain: 'dom',
      queueMode: false,
      transport: 'udp',
    });
    expect(await bench.told()).toMatchObject([{ kind: 'registration', data: { ep: 'board-1', ept: 'test' } }]);
  });

  it('is the same for a copy of it', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const id = peer.register(['ep=board-1']);
    await bench.world.pass(10);
    peer.register(['ep=other']);
    peer.give({
      messageId: id,
      code: METHODS.POST,
      options: [...pathOptions(OPTIONS.UriPath, '/rd'), textOption(OPTIONS.UriQuery, 'ep=board-1')],
    });
    await bench.world.pass(10);
    expect((await bench.told()).map(({ kind }) => kind)).toEqual(['registration', 'registration']);
    expect(peer.received.filter(({ messageId }) => messageId === id)).toHaveLength(2);
  });

  it.each([
    ['no name', [], '</1>', 'ep is missing'],
    ['a long name', [`ep=${'n'.repeat(65)}`], '</1>', 'ep is missing, or is no name'],
    ['a name with a line end', ['ep=a\nb'], '</1>', 'ep is missing, or is no name'],
    ['a lifetime that is none', ['ep=a', 'lt=-1'], '</1>', 'lt is no lifetime'],
    ['links that are none', ['ep=a'], '</1', 'bad link format'],
    ['10,000 links', ['ep=a'], Array.from({ length: 10_000 }, (_, index) => `</${index}>`).join(), 'bad link format'],
  ])('is refused with %s, and whoever runs the connector is told', async (_what, query, links, why) => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const id = peer.register(query, links);
    await bench.world.pass(10);
    expect(peer.answerTo(id)).toBe('4.00 Bad Request');
    expect(bench.service.list()).toEqual([]);
    expect(bench.refused).toEqual([expect.stringContaining(`registration, 10.0.0.9:9: ${why}`)]);
    expect(bench.problems).toEqual([]);
  });

  it('is refused under the name of another certificate, and of one without', async () => {
    const bench = new Bench();
    const wrong = new RawPeer(bench, 'tls', 'board-2');
    const refused = wrong.register(['ep=board-1', 'd=dom']);
    const right = new RawPeer(bench, 'tls', 'board-1');
    const taken = right.register(['ep=board-1', 'd=dom']);
    await bench.world.pass(10);
    const insecure = new RawPeer(bench);
    const late = insecure.register(['ep=board-1']);
    await bench.world.pass(10);
    expect([wrong.answerTo(refused), right.answerTo(taken), insecure.answerTo(late)]).toEqual([
      '4.03 Forbidden',
      '2.01 Created',
      '4.03 Forbidden',
    ]);
    expect(bench.refused).toEqual([
      'forbidden, 10.0.0.9:9: the certificate is of dom/board-2, the name is dom/board-1',
      'forbidden, 10.0.0.9:9: the name board-1 has a certificate',
    ]);
  });

  it('is put off when there are too many boards', async () => {
    const bench = new Bench({ mostBoards: 1 });
    const peer = new RawPeer(bench);
    const [first, second] = [peer.register(['ep=a']), peer.register(['ep=b'])];
    await bench.world.pass(10);
    expect([peer.answerTo(first), peer.answerTo(second)]).toEqual(['2.01 Created', '5.03 Service Unavailable']);
    expect(bench.refused).toEqual(['registration, 10.0.0.9:9: as many boards are registered as may be']);
  });

  it('never makes a board or the connector fail, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 80 }), { maxLength: 8 }),
        fc.string({ maxLength: 300 }),
        async (query, links) => {
          const bench = new Bench();
          const peer = new RawPeer(bench);
          const id = peer.register(
            query.map((text) => text.slice(0, 60)),
            links,
          );
          await bench.world.pass(10);
          expect(peer.answerTo(id)).toMatch(/^(2\.01|4\.00)/);
          expect(bench.problems).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a request', () => {
  it.each([
    ['an option that must be known', [uintOption(9, 1)], '4.02 Bad Option', 'option 9 is not known here'],
    [
      'a block without those before it',
      [uintOption(OPTIONS.Block1, 0x12)],
      '4.08 Request Entity Incomplete',
      'a block',
    ],
    ['a block of the reserved size', [uintOption(OPTIONS.Block1, 0x07)], '4.02 Bad Option', 'bad CoAP option 27'],
  ])('with %s is refused, and told', async (_what, more, code, why) => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const options = [...pathOptions(OPTIONS.UriPath, '/rd'), textOption(OPTIONS.UriQuery, 'ep=a'), ...more];
    const id = peer.give({ code: METHODS.POST, options: options.toSorted((a, b) => a.number - b.number) });
    await bench.world.pass(10);
    expect(peer.answerTo(id)).toBe(code);
    expect(bench.refused).toEqual([expect.stringContaining(`request, 10.0.0.9:9: ${why}`)]);
  });
});

describe('an update', () => {
  it('as the first message of a connection is answered 4.04, so that the board registers at once', async () => {
    const bench = new Bench();
    const board = bench.board('tls');
    await bench.world.pass(1_000);
    await bench.told();
    board.cut();
    await bench.world.pass(15_100);
    expect((await bench.told()).map(({ kind }) => kind)).toContain('registration');
    // The 120 s after which a board that was answered 2.04 gives the connection up.
    await bench.world.pass(300_000);
    expect((await bench.told()).filter(({ kind }) => kind === 'registration')).toEqual([]);
  });

  it('keeps a registration, which ends when it stays away', async () => {
    const bench = new Bench();
    const board = bench.board();
    await bench.world.pass(400_000);
    expect(bench.service.get('board-1')).toBeDefined();
    board.network.faults.loss = 1;
    await bench.told();
    await bench.world.pass(80_000);
    expect(bench.service.get('board-1')).toBeDefined();
    await bench.world.pass(40_000);
    expect(bench.service.get('board-1')).toBeUndefined();
    expect(await bench.told()).toMatchObject([{ kind: 'registration-expired', data: { ep: 'board-1' } }]);
  });
});

describe('a lifetime', () => {
  const gone = [{ kind: 'registration-expired', data: { ep: 'board-1' } }];

  it('that an update shortens ends when the update says', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    peer.register(['ep=board-1']);
    await bench.world.pass(10);
    await bench.told();
    const id = peer.update(['lt=60']);
    await bench.world.pass(59_000);
    expect(peer.answerTo(id)).toBe('2.04 Changed');
    expect((await bench.told()).map(({ kind }) => kind)).toEqual(['reg-update']);
    await bench.world.pass(2_000);
    expect(await bench.told()).toMatchObject(gone);
    expect(bench.service.get('board-1')).toBeUndefined();
  });

  it('is that of before where the same boot registers again without one, as mbed-client does', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    peer.register(['ep=board-1', 'lt=100']);
    await bench.world.pass(50_000);
    peer.register(['ep=board-1']);
    await bench.world.pass(10);
    await bench.told();
    await bench.world.pass(101_000);
    expect(await bench.told()).toMatchObject(gone);
  });

  it('is a day where a new boot says none', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    peer.register(['ep=board-1', 'lt=100']);
    await bench.world.pass(50_000);
    peer.register(['ep=board-1'], '</1>', 30_000);
    await bench.world.pass(10);
    const { heardMs = 0, expiresMs = 0 } = bench.service.get('board-1') ?? {};
    expect(expiresMs - heardMs).toBe(86_400_000);
  });
});

describe('a connection', () => {
  it('is kept as long as a board is registered over it', async () => {
    const bench = new Bench();
    const [first, second] = [new RawPeer(bench), new RawPeer(bench)];
    const kept = async (ms = 10): Promise<boolean[]> => {
      await bench.world.pass(ms);
      return [first.isKept, second.isKept];
    };
    expect(await kept()).toEqual([false, false]);
    first.register(['ep=board-1', 'lt=100']);
    expect(await kept()).toEqual([true, false]);
    second.register(['ep=board-1', 'lt=100']);
    expect(await kept()).toEqual([false, true]);
    expect(await kept(101_000)).toEqual([false, false]);
  });

  it('is not kept for a registration that the disk did not take', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    bench.events.close();
    const id = peer.register(['ep=board-1']);
    await bench.world.pass(10);
    expect([peer.answerTo(id), peer.isKept]).toEqual(['5.03 Service Unavailable', false]);
  });
});

describe('a departure', () => {
  it('is told, and the location is gone', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    peer.register(['ep=board-1']);
    await bench.world.pass(10);
    const location = optionTexts(peer.received[0]!.options, OPTIONS.LocationPath).join('/');
    const gone = { code: METHODS.DELETE, options: pathOptions(OPTIONS.UriPath, `/${location}`) };
    const ids = [peer.give(gone), peer.give(gone)];
    await bench.world.pass(10);
    expect(ids.map((id) => peer.answerTo(id))).toEqual(['2.02 Deleted', '4.04 Not Found']);
    expect((await bench.told()).map(({ kind }) => kind)).toEqual(['registration', 'de-registration']);
  });
});

describe('the counter', () => {
  it('is told at once after a registration, without waiting for a press', async () => {
    const bench = new Bench();
    bench.board();
    await bench.world.pass(1_000);
    expect(await bench.values()).toEqual(['0']);
  });

  it('is told with each press, and read again where the board dropped one', async () => {
    const bench = new Bench();
    const board = bench.board('udp', 'board-1', { resendQueue: 2 });
    await bench.world.pass(1_000);
    // Three at once: the third finds no place, and nothing tells of it.
    for (let press = 0; press < 3; press++) board.press();
    await bench.world.pass(1_000);
    expect(await bench.values()).toEqual(['0', '1', '2']);
    await bench.world.pass(16_000);
    expect(await bench.values()).toEqual(['3']);
  });

  it('goes on over the end of its 16 bits, and of those of Observe', async () => {
    const bench = new Bench();
    const board = bench.board();
    await bench.world.pass(1_000);
    for (const far of [30_000, 60_000, 65_534]) {
      board.board.counter = far - 1;
      board.client.observations['3200/0/5501']!.number = far - 1;
      board.press();
      await bench.world.pass(50);
    }
    await bench.told();
    for (let press = 0; press < 4; press++) {
      board.press();
      await bench.world.pass(50);
    }
    expect(await bench.values()).toEqual(['65535', '0', '1', '2']);
  });

  it('has its own boot after each power-up, later than the one before', async () => {
    const bench = new Bench();
    const board = bench.board();
    await bench.world.pass(1_000);
    const boots: (number | undefined)[] = [bench.service.get('board-1')?.boot];
    for (let reboot = 0; reboot < 3; reboot++) {
      board.reboot();
      await bench.world.pass(10_000);
      boots.push(bench.service.get('board-1')?.boot);
    }
    expect(boots).toEqual([...new Set(boots)].sort());
    expect(boots).toHaveLength(4);
  });

  it('keeps its boot over a lost connection', async () => {
    const bench = new Bench();
    const board = bench.board('tls');
    await bench.world.pass(1_000);
    const { boot } = bench.service.get('board-1')!;
    board.cut();
    await bench.world.pass(30_000);
    expect(bench.service.get('board-1')?.boot).toBe(boot);
  });
});

describe('a notification', () => {
  it('with a token of nobody, or of another board, is reset', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench, 'tls', 'board-1');
    peer.register(['ep=board-1', 'd=dom']);
    await bench.world.pass(10);
    const { token } = peer.received.find(({ code }) => code === METHODS.GET)!;
    const other = new RawPeer(bench, 'tls', 'board-2');
    const notification = {
      code: 0x45,
      options: [uintOption(OPTIONS.Observe, 5)],
      payload: new TextEncoder().encode('9'),
    };
    other.give({ ...notification, token });
    other.give({ ...notification, token: Uint8Array.of(1, 2, 3) });
    await bench.world.pass(10);
    expect(other.received.map(({ type }) => type)).toEqual(['RST', 'RST']);
    expect(bench.refused).toEqual(Array(2).fill(expect.stringContaining('notification, 10.0.0.9:9: a token that')));
    expect(await bench.values()).toEqual([]);
  });
});

describe('a board that is locked up', () => {
  it('is freed: two presses without a connection, and a resend queue of two', async () => {
    const bench = new Bench();
    const board = bench.board('tls', 'board-1', { resendQueue: 2 });
    await bench.world.pass(1_000);
    board.cut();
    board.press();
    board.press();
    await bench.world.pass(120_000);
    expect(await bench.values()).toEqual(['0', '2']);
    expect(bench.troubles).toEqual(['board-1: it was locked up, and is being freed']);
    expect(bench.service.get('board-1')?.trouble).toBeUndefined();
  });

  it('is freed as well when its cable was pulled, and its old connection looks alive', async () => {
    const bench = new Bench();
    const board = bench.board('tls', 'board-1', { resendQueue: 2 });
    await bench.world.pass(1_000);
    board.unplug();
    board.press();
    board.press();
    // Far within its lifetime, which would end the old one.
    await bench.world.pass(80_000);
    expect(bench.troubles).toEqual(['board-1: it was locked up, and is being freed']);
    expect(await bench.values()).toEqual(['0', '2']);
    expect(bench.service.get('board-1')?.trouble).toBeUndefined();
  });

  it('is freed over plain TCP, by its address, where no other board is at it', async () => {
    const bench = new Bench();
    const board = bench.board('tcp', 'board-1', { resendQueue: 2 });
    await bench.world.pass(1_000);
    board.unplug();
    board.press();
    board.press();
    await bench.world.pass(80_000);
    expect(bench.troubles).toEqual(['board-1: it was locked up, and is being freed']);
    expect(await bench.values()).toEqual(['0', '2']);
  });

  it('over plain TCP, where boards share an address, is freed if all others speak, and else told of', async () => {
    const bench = new Bench();
    const boards = ['a', 'b', 'c'].map((name) => bench.board('tcp', name, { resendQueue: 2 }));
    await bench.world.pass(1_000);
    boards[0]!.unplug();
    for (let press = 0; press < 2; press++) boards[0]!.press();
    await bench.world.pass(60_000);
    expect([bench.troubles, bench.refused]).toEqual([['a: it was locked up, and is being freed'], []]);
    for (const board of boards.slice(1)) {
      board.unplug();
      for (let press = 0; press < 2; press++) board.press();
    }
    await bench.world.pass(40_000);
    expect(bench.troubles).toHaveLength(1);
    expect(bench.refused[0]).toMatch(/^silence, 10\.0\.0\.1:\d+: any of 2 boards at its address may be locked up/);
  });

  it('is not taken for one while it speaks on another connection, nor is one by who has another certificate', async () => {
    const bench = new Bench();
    bench.board('tls');
    await bench.world.pass(1_000);
    const peer = bench.service.get('board-1')?.peer;
    const [second, stranger] = [new RawPeer(bench, 'tls', 'board-1'), new RawPeer(bench, 'tls', 'board-9')];
    await bench.world.pass(30_000);
    expect([second, stranger].map(({ closed, received }) => [closed, received.length])).toEqual([
      ['by the connector', 0],
      ['by the connector', 0],
    ]);
    expect(bench.service.get('board-1')).toMatchObject({ peer, trouble: undefined });
    expect(bench.refused).toEqual(['silence, 10.0.0.9:9: board-1 speaks on another connection']);
  });

  it('is freed over plain TCP when its registration has expired meanwhile: it was away for long', async () => {
    const bench = new Bench();
    const [peer, left] = [new RawPeer(bench, 'tcp'), new RawPeer(bench, 'tcp')];
    const id = peer.register(['ep=board-1', 'lt=100']);
    left.register(['ep=board-2', 'lt=3600']);
    await bench.world.pass(1_000);
    const silence = (): [boolean, RawPeer] => {
      const silent = new RawPeer(bench, 'tcp');
      return [bench.service.silent(silent.connection, bench.world.now() - 20_000), silent];
    };
    peer.connection.onClose('gone');
    await bench.world.pass(150_000);
    expect(bench.service.list().map(({ endpoint }) => endpoint)).toEqual(['board-2']);
    left.update();
    const [isTaken, silent] = silence();
    expect(isTaken).toBe(true);
    await bench.world.pass(10_000);
    expect(silent.closed).toBeDefined();
    const acknowledged = silent.received.map(({ type, code, messageId }) => type === 'ACK' && code === 0 && messageId);
    expect(acknowledged).toEqual(expect.arrayContaining([id + 1, id + 2, id + 3, id + 4]));
    expect(bench.troubles).toEqual(['board-1: it was locked up, and is being freed']);
    // Rather one that is registered, as before.
    left.connection.onClose('gone');
    await bench.world.pass(30_000);
    expect(silence()[0]).toBe(true);
    expect(bench.troubles[1]).toBe('board-2: it was locked up, and is being freed');
  });

  it('is none of which somebody else at its address says nothing: it is found to speak', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench, 'tcp');
    peer.register(['ep=board-1', 'lt=3600']);
    await bench.world.pass(60_000);
    const stranger = new RawPeer(bench, 'tcp');
    expect(bench.service.silent(stranger.connection, bench.world.now() - 20_000)).toBe(true);
    await bench.world.pass(10_000);
    peer.update();
    await bench.world.pass(1_000);
    expect(bench.service.get('board-1')?.trouble).toBeUndefined();
  });

  it('is told of, when nothing helps', async () => {
    const bench = new Bench();
    const board = bench.board('tls');
    await bench.world.pass(1_000);
    board.reboot();
    for (let connection = 0; connection < 2; connection++) {
      new RawPeer(bench, 'tls');
      await bench.world.pass(1_000);
      // It never says a word.
    }
    const silent = new RawPeer(bench, 'tls', 'board-9');
    await bench.world.pass(30_000);
    expect(silent.closed).toBeDefined();
    expect(bench.troubles).toContain('board-9: it is connected and says nothing: press its RESET button');
  });
});

describe('requests of users', () => {
  it('read, write, and wait for the blink that comes later', async () => {
    const bench = new Bench();
    bench.board();
    await bench.world.pass(1_000);
    expect(await bench.ask('/3201/0/5853')).toMatchObject({ status: 200, contentFormat: 0, maxAgeS: 0 });
    expect(await bench.ask('/3201/0/5853', 'PUT', '100:100')).toMatchObject({ status: 200 });
    expect(new TextDecoder().decode((await bench.ask('/3201/0/5853')).payload)).toBe('100:100');
    expect(await bench.ask('/3201/0/5850', 'POST')).toMatchObject({ status: 200 });
    expect(await bench.ask('/3201/0/5850')).toMatchObject({ status: 405 });
    expect(await bench.ask('/9/9/9')).toMatchObject({ status: 404 });
    expect(await bench.ask('/3201/0/5853', 'PUT', 'x'.repeat(2_000))).toMatchObject({ status: 413 });
  });

  it('end with the board', async () => {
    const bench = new Bench();
    const board = bench.board();
    await bench.world.pass(1_000);
    board.network.faults.loss = 1;
    expect(await bench.ask('/3201/0/5853')).toEqual({ status: 504, error: 'TIMEOUT' });
    expect(await bench.ask('/3201/0/5853')).toEqual({ status: 503, error: 'NOT_CONNECTED' });
  });

  it('are twenty at most', async () => {
    const bench = new Bench();
    const board = bench.board();
    await bench.world.pass(1_000);
    board.network.faults.loss = 1;
    const asked = Array.from({ length: 22 }, () =>
      bench.service.request('board-1', { method: 'GET', path: TIMER_PATH }),
    );
    expect(await Promise.race([asked[20]!, asked[21]!])).toEqual({ status: 429, error: 'QUEUE_IS_FULL' });
    await bench.world.pass(400_000);
    await Promise.all(asked);
  });

  it('wait for a board in queue mode to wake up', async () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    bench.wanted.clear();
    peer.register(['ep=board-1', 'b=UQ', 'lt=3600']);
    await bench.world.pass(100_000);
    const location = optionTexts(peer.received[0]!.options, OPTIONS.LocationPath).join('/');
    let answer: BoardAnswer | undefined;
    void bench.service.request('board-1', { method: 'GET', path: '/1/0/1' }).then((given) => {
      answer = given;
    });
    await bench.world.pass(60_000);
    expect([peer.received.length, answer]).toEqual([1, undefined]);
    peer.give({ code: METHODS.POST, options: pathOptions(OPTIONS.UriPath, `/${location}`) });
    await bench.world.pass(10);
    const { messageId, token } = peer.received.at(-1)!;
    peer.give({ type: 'ACK', messageId, token, code: 0x45, payload: Uint8Array.of(0x31) });
    await bench.world.pass(10);
    expect(answer).toMatchObject({ status: 200 });
  });
});

describe('the last value known', () => {
  const text = (reading: { readonly value: Uint8Array } | undefined): string | undefined =>
    reading && new TextDecoder().decode(reading.value);

  async function known(paths: readonly string[]) {
    const bench = new Bench();
    bench.wanted.clear();
    const peer = new RawPeer(bench);
    peer.register(['ep=board-1', 'lt=3600'], '</9/0/1>;obs');
    await bench.world.pass(10);
    for (const path of paths) await asked(bench, peer, 'GET', path, 0x45);
    return { bench, peer, of: (path: string) => text(bench.service.latest('board-1', path)) };
  }

  async function asked(
    bench: Bench,
    peer: RawPeer,
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    code: number,
  ) {
    const answer = bench.service.request('board-1', { method, path });
    await bench.world.pass(10);
    const { messageId, token } = peer.received.at(-1)!;
    const payload = new TextEncoder().encode(method === 'GET' ? '7' : '');
    if (code > 0) peer.give({ type: 'ACK', code, messageId, token, payload });
    await bench.world.pass(code > 0 ? 10 : 100_000);
    await answer;
  }

  it.each([
    ['PUT', 0x44],
    ['POST', 0x44],
    ['DELETE', 0x42],
    ['PUT', 0],
  ] as const)('is forgotten with a %s that was, or may have been, carried out (%i)', async (method, code) => {
    const { bench, peer, of } = await known(['/9', '/9/0/1', '/9/0/1/0', '/9/0/10', '/9/1']);
    await asked(bench, peer, method, '/9/0/1', code);
    expect(['/9', '/9/0/1', '/9/0/1/0'].map(of)).toEqual([undefined, undefined, undefined]);
    expect(['/9/0/10', '/9/1'].map(of)).toEqual(['7', '7']);
  });

  it('outlives a write that the board refused, and a registration of the same boot, but no new boot', async () => {
    const { bench, peer, of } = await known(['/9/0/1']);
    await asked(bench, peer, 'PUT', '/9/0/1', 0x85);
    peer.register(['ep=board-1', 'lt=3600']);
    await bench.world.pass(10);
    expect(of('/9/0/1')).toBe('7');
    peer.register(['ep=board-1', 'lt=3600'], '</9/0/1>', 30_000);
    await bench.world.pass(10);
    expect(of('/9/0/1')).toBeUndefined();
  });

  it('is not kept where only the answer to observing tells that the boot is a new one', async () => {
    const { bench, peer, of } = await known(['/9/0/1']);
    const observed = async (observe: number, value: string): Promise<void> => {
      await bench.world.pass(10);
      const { messageId, token } = peer.received.at(-1)!;
      const [options, payload] = [[uintOption(OPTIONS.Observe, observe)], new TextEncoder().encode(value)];
      peer.give({ type: 'ACK', code: 0x45, messageId, token, options, payload });
      await bench.world.pass(10);
    };
    bench.wanted.add(COUNTER_PATH);
    peer.register(['ep=board-1', 'lt=3600']);
    await observed(9, '9');
    expect(of('/9/0/1')).toBe('7');
    // The next Message ID, by chance.
    peer.register(['ep=board-1', 'lt=3600']);
    await observed(0, '0');
    expect([of('/9/0/1'), of(COUNTER_PATH)]).toEqual([undefined, '0']);
  });
});

describe('interests', () => {
  it('begin and end observations', async () => {
    const bench = new Bench();
    bench.wanted.clear();
    const board = bench.board();
    await bench.world.pass(1_000);
    board.press();
    await bench.world.pass(100);
    expect(await bench.values()).toEqual([]);
    bench.wanted.add(COUNTER_PATH);
    bench.service.interestsChanged();
    await bench.world.pass(100);
    expect(await bench.values()).toEqual(['1']);
    bench.wanted.clear();
    bench.service.interestsChanged('board-1');
    await bench.world.pass(100);
    expect(board.client.observations['3200/0/5501']).toBeUndefined();
  });

  it.each(['answers', 'answers only later'])(
    'a key with a new channel is told what others know already: the board %s',
    async (how) => {
      const bench = new Bench();
      const peer = new RawPeer(bench);
      let isDeaf = false;
      peer.onRequest = ({ messageId, token, options }) => {
        const observe = options.filter(({ number }) => number === OPTIONS.Observe);
        const payload = new TextEncoder().encode('3');
        if (!isDeaf) peer.give({ type: 'ACK', code: RESPONSES.Content, messageId, token, options: observe, payload });
      };
      peer.register(['ep=board-1', 'lt=3600']);
      await bench.world.pass(1_000);
      expect(await bench.values()).toEqual(['3']);
      bench.keys = ['k', 'l'];
      isDeaf = how === 'answers only later';
      bench.service.channelBegan('l');
      await bench.world.pass(200_000);
      isDeaf = false;
      peer.update();
      await bench.world.pass(1_000);
      const told = bench.events.queue.peek('l', { mostItems: 100, mostBytes: 4e6 });
      const values = told.filter(({ kind }) => kind === 'notification');
      expect(values).toMatchObject([{ data: { path: COUNTER_PATH, payload: btoa('3') } }]);
      expect(bench.problems).toEqual([]);
    },
  );
});
