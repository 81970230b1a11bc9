import { describe, expect, test } from '@jest/globals';
import { RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import type { CoapMessage } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions, uintOption } from '../../../cloud/protocol/coap/options.ts';
import type { ClientOptions } from '../../../simulator/client/options.ts';
import { ascii, hexOf, textOf, WiredBoard } from './driver.ts';
import { answer, isRegistration, isUpdate, keepAnswering, LOCATION, registered, silence } from './service.ts';

const hex = (text: string): string => hexOf(ascii(text));
const BODY =
  '</3200/0/5502>;rt="Timer";obs,</1000/0/1>;rt="BigData";obs,</3201/0/5850>;rt="Blink",</3201/0/5853>;rt="Pattern",' +
  '</3200/0/5501>;rt="Button";obs,</3/0>;ct="99"';
const UUID = '0123abcd-0123-abcd-0123-0123456789ab';

async function registering(options: Partial<ClientOptions> = {}): Promise<WiredBoard> {
  const board = new WiredBoard(options).powerUp();
  await board.world.pass(0);
  return board;
}

const maxAge = (seconds: number) => uintOption(OPTIONS.MaxAge, seconds);
const queriesOf = ({ options }: CoapMessage): string[] =>
  options.filter(({ number }) => number === OPTIONS.UriQuery).map(({ value }) => textOf(value));

describe('the registration', () => {
  test('is these bytes: 198 of them with short names, 158 of it links', async () => {
    const { sent } = await registering({ endpoint: 'ep' });
    const head = `4002 0001 b2${hex('rd')} 30 15${hex('ep=ep')} 07${hex('et=test')} 06${hex('lt=100')}`;
    const expected = `${head} 05${hex('d=dom')} 03${hex('b=U')} ff${hex(BODY)}`.replaceAll(' ', '');
    expect(sent.map(({ bytes }) => hexOf(bytes))).toEqual([expected]);
    expect([sent[0]!.bytes.length, sent[0]!.payload.length]).toEqual([198, 158]);
  });

  test.each<[string, Partial<ClientOptions>, string[]]>([
    ['two UUIDs', { endpoint: UUID, domain: UUID }, [`ep=${UUID}`, 'et=test', 'lt=100', `d=${UUID}`, 'b=U']],
    ['plain UDP: still b=U', { transport: 'udp' }, ['ep=ep1', 'et=test', 'lt=100', 'd=dom', 'b=U']],
    ['no domain', { domain: '' }, ['ep=ep1', 'et=test', 'lt=100', 'b=U']],
    ['another lifetime', { lifetimeS: 3_600 }, ['ep=ep1', 'et=test', 'lt=3600', 'd=dom', 'b=U']],
  ])('names the board: %s', async (_, options, queries) => {
    const { last } = await registering(options);
    expect(queriesOf(last)).toEqual(queries);
    expect(last.options.some(({ number }) => number === OPTIONS.ContentFormat)).toBe(false);
    expect(last.token).toHaveLength(0);
  });

  test('has no Max-Age with mbed-coap before 4.4.3', async () => {
    const { last } = await registering({ saysMaxAge: false });
    expect(last.options.some(({ number }) => number === OPTIONS.MaxAge)).toBe(false);
    expect(last.bytes).toHaveLength(198);
  });

  test.each([
    [0, 1],
    [0.5, 0x8000],
    [0.999_999_99, 0xffff],
  ])('begins its message IDs at random: %d', async (random, messageId) => {
    expect((await registering({ random: () => random })).last.messageId).toBe(messageId);
  });

  test('message IDs go up by one, and leave out 0', async () => {
    const board = await registered({ random: () => 0.999_999_99 });
    keepAnswering(board);
    await board.world.pass(30_000);
    expect(board.takeSent().map(({ messageId }) => messageId)).toEqual([1, 2]);
  });

  test.each<[string, Partial<CoapMessage>]>([
    ['an acknowledgement', { type: 'ACK' }],
    ['a confirmable message of the same ID', { type: 'CON' }],
    ['a non-confirmable one', { type: 'NON' }],
    ['a location of one segment', { type: 'ACK', options: pathOptions(OPTIONS.LocationPath, '/x') }],
    ['a location of four', { type: 'ACK', options: pathOptions(OPTIONS.LocationPath, '/rd/a/b/c') }],
    ['a token that it never gave', { type: 'ACK', token: ascii('junk') }],
  ])('is taken by a 2.01 in %s', async (_, message) => {
    const board = await registering();
    const { messageId } = board.last;
    board.give({ code: RESPONSES.Created, messageId, options: LOCATION, ...message });
    expect(board.did('registered')).toHaveLength(1);
    expect([board.client.phase, board.board.registered]).toEqual(['up', true]);
    board.takeSent();
    await board.world.pass(15_000);
    const path = board.sent
      .find(isUpdate)!
      .options.filter(({ number }) => number === OPTIONS.UriPath)
      .map(({ value }) => value);
    const location = (message.options ?? LOCATION).map(({ value }) => value);
    expect(path.map(textOf)).toEqual(location.map(textOf));
  });

  test('is not taken without Location-Path: neither registered, nor tried again until 120 s are over', async () => {
    const board = await registering({ serialServer: 'coap://connector:5684' });
    board.give({ type: 'ACK', code: RESPONSES.Created, messageId: board.last.messageId });
    expect(board.did('refused')).toEqual([{ do: 'refused', why: 'no-location' }]);
    expect(board.serial).toContain('ResponseParseFailed');
    expect(await silence(board, 119_999)).toEqual([]);
    expect(board.board.registered).toBe(false);
    const [again] = await silence(board, 15_001);
    expect(again !== undefined && isRegistration(again)).toBe(true);
  });

  test('is not recognised in a message of its own, after an Empty acknowledgement: it connects anew, for ever', async () => {
    const board = await registering();
    for (const secondsLater of [15, 30, 45, 15]) {
      const { messageId, atMs } = board.last;
      board.give({ type: 'ACK', messageId });
      board.give({ code: RESPONSES.Created, messageId: 0x1234, options: LOCATION });
      expect(board.did('close').length).toBe(board.did('connect').length);
      await board.world.pass(secondsLater * 1_000);
      expect(board.last.atMs - atMs).toBe(secondsLater * 1_000);
      expect(isRegistration(board.last)).toBe(true);
    }
    expect(board.did('registered')).toEqual([]);
  });

  test('a separate 2.01 is not even acknowledged', async () => {
    const board = await registering();
    board.takeSent();
    board.give({ code: RESPONSES.Created, messageId: 0x1234, options: LOCATION });
    expect(board.sent).toEqual([]);
    expect(board.did('refused')).toEqual([{ do: 'refused', why: 'unmatched' }]);
  });

  test.each([
    ['4.00', RESPONSES.BadRequest],
    ['4.03', RESPONSES.Forbidden],
  ])('answered %s: dead until a reset', async (_, code) => {
    const board = await registering({ serialServer: 'coap://connector:5684' });
    board.give({ type: 'ACK', code, messageId: board.last.messageId });
    expect([board.client.phase, board.did('dead').length]).toEqual(['dead', 1]);
    expect(board.serial).toContain('[ERROR:] M2MInterface::InvalidParameters');
    expect(await silence(board, 600_000)).toEqual([]);
    board.close();
    expect(await silence(board, 600_000)).toEqual([]);
    expect(board.did('connect')).toHaveLength(1);
    board.powerOff();
    board.powerUp();
    await board.world.pass(0);
    expect(isRegistration(board.last)).toBe(true);
  });

  test.each([
    ['4.01', RESPONSES.Unauthorized],
    ['4.04', RESPONSES.NotFound],
    ['5.00', RESPONSES.InternalServerError],
    ['5.03', RESPONSES.ServiceUnavailable],
    ['2.04', RESPONSES.Changed],
  ])('answered %s: connects and registers again after 15 s', async (_, code) => {
    const board = await registering();
    board.give({ type: 'ACK', code, messageId: board.last.messageId });
    expect(board.did('close')).toHaveLength(1);
    const [again, ...others] = await silence(board, 15_000);
    expect([again!.atMs, isRegistration(again!), others]).toEqual([15_000, true, []]);
    expect(again!.messageId).toBe(2);
    answer(board, again!);
    expect(board.did('registered')).toHaveLength(1);
  });

  test('reset: the same', async () => {
    const board = await registering();
    board.give({ type: 'RST', messageId: board.last.messageId });
    expect((await silence(board, 15_000)).map(({ atMs }) => atMs)).toEqual([15_000]);
  });

  test.each([
    [0, [0, 5, 15, 35]],
    [0.999, [0, 7, 17, 37]],
  ])('unanswered: sent again alike, given up 40 s after the last; %d', async (random, seconds) => {
    const board = await registering({ random: () => random, transport: 'udp' });
    const first = board.last;
    await board.world.pass(seconds.at(-1)! * 1_000 + 39_999);
    expect(board.sent.map(({ atMs }) => atMs / 1_000)).toEqual(seconds);
    for (const { bytes } of board.sent) expect(bytes).toBe(first.bytes);
    expect(board.did('close')).toEqual([]);
    board.takeSent();
    await board.world.pass(1);
    expect(board.did('close')).toHaveLength(1);
    await board.world.pass(15_000);
    expect(board.sent.map(isRegistration)).toEqual([true]);
    expect(board.last.messageId).not.toBe(first.messageId);
  });

  test('has 120 s over TCP, from when the connection was asked for', async () => {
    const board = new WiredBoard();
    board.network = 'silent';
    board.powerUp();
    await board.world.pass(119_999);
    expect(board.did('close')).toEqual([]);
    await board.world.pass(15_001);
    expect([board.did('close').length, board.timesOf('connect')]).toEqual([1, [0, 135_000]]);
  });

  test('has all the time there is over UDP', async () => {
    const board = new WiredBoard({ transport: 'udp' });
    board.network = 'silent';
    board.powerUp();
    await board.world.pass(600_000);
    expect(board.did('close')).toEqual([]);
  });
});

describe('the lifetime', () => {
  test.each([
    [100, 75],
    [60, 45],
    [3_599, 2_699],
    [3_600, 2_700],
    [86_400, 85_500],
    [1, 1],
  ])('of Max-Age %d is updated by itself after %d s, again and again, without lt', async (seconds, after) => {
    const board = await registering();
    const options = [...LOCATION, maxAge(seconds)];
    board.give({ type: 'ACK', code: RESPONSES.Created, messageId: board.last.messageId, options });
    board.takeSent();
    // Its program has ticks of its own, which would begin the time anew.
    board.board.powered = false;
    board.toService = () => answer(board, board.last);
    await board.world.pass(after * 3_000);
    const updates = board.takeSent();
    expect(updates.map(({ atMs }) => atMs)).toEqual([after, after * 2, after * 3].map((at) => at * 1_000));
    expect(updates.flatMap(queriesOf)).toEqual([]);
    expect(updates[0]!.bytes).toHaveLength(16);
  });

  test.each([
    [true, []],
    [false, [45_000, 90_000]],
  ])('without Max-Age, mbed-coap from 4.4.3 on: %s', async (saysMaxAge, times) => {
    const board = await registered({ saysMaxAge });
    board.board.powered = false;
    keepAnswering(board);
    await board.world.pass(90_000);
    expect(board.takeSent().map(({ atMs }) => atMs)).toEqual(times);
  });

  test('is not updated by itself while it registers again', async () => {
    const board = await registering();
    const options = [...LOCATION, maxAge(60)];
    board.give({ type: 'ACK', code: RESPONSES.Created, messageId: board.last.messageId, options });
    board.board.powered = false;
    await board.world.pass(45_000);
    board.give({ type: 'ACK', code: RESPONSES.NotFound, messageId: board.last.messageId });
    expect(isRegistration(board.last)).toBe(true);
    board.takeSent();
    await board.world.pass(60_000);
    expect(board.sent.filter(isUpdate)).toEqual([]);
  });

  test('is left out of the next registration if the answer had none, until the program updates', async () => {
    const board = await registered();
    const registrations: string[][] = [];
    board.toService = () => {
      if (isUpdate(board.last)) {
        board.give({ type: 'ACK', code: RESPONSES.NotFound, messageId: board.last.messageId });
      } else {
        registrations.push(queriesOf(board.last));
        answer(board, board.last);
      }
    };
    board.close();
    await board.world.pass(15_000);
    expect(registrations).toEqual([['ep=ep1', 'et=test', 'd=dom', 'b=U']]);
    await board.world.pass(15_000);
    expect(registrations[1]).toEqual(['ep=ep1', 'et=test', 'lt=100', 'd=dom', 'b=U']);
  });
});
