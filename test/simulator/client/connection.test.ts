import { describe, expect, test } from '@jest/globals';
import { RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import { hexOf, WiredBoard } from './driver.ts';
import { answer, isRegistration, isUpdate, keepAnswering, observe, observeOf, registered, silence } from './service.ts';

const failure = (board: WiredBoard, code: number) => board.give({ type: 'ACK', code, messageId: board.last.messageId });
/** `/rd/abcdefg` and `lt=100`. */
const UPDATE = (id: number) => `4002${id.toString(16).padStart(4, '0')}b27264076162636465666730166c743d313030`;

/** Connection lost, and everything that happens until the board is connected again. */
async function reconnected(board: WiredBoard, presses = 0): Promise<void> {
  board.takeSent();
  board.close();
  board.press(presses);
  await board.world.pass(15_000);
}

describe('updates', () => {
  test('are sent at each tick: 23 bytes, lt=100, no body', async () => {
    const board = await registered();
    keepAnswering(board);
    await board.world.pass(45_000);
    const updates = board.takeSent();
    expect(updates.map(({ bytes }) => hexOf(bytes))).toEqual([2, 3, 4].map(UPDATE));
    expect(updates.map(({ atMs, bytes }) => [atMs, bytes.length])).toEqual(
      [15_000, 30_000, 45_000].map((at) => [at, 23]),
    );
  });

  test('are not sent by a press', async () => {
    const board = await registered();
    board.press(3);
    expect(board.sent).toEqual([]);
  });

  test.each([
    ['4.04', RESPONSES.NotFound],
    ['4.03', RESPONSES.Forbidden],
    ['5.00', RESPONSES.InternalServerError],
    ['2.05', RESPONSES.Content],
    ['0.00', 0],
  ])('answered %s: registers at once, on the same connection', async (_, code) => {
    const board = await registered();
    await board.world.pass(15_000);
    failure(board, code);
    expect([isRegistration(board.last), board.last.atMs]).toEqual([true, 15_000]);
    expect([board.did('close'), board.did('connect').length]).toEqual([[], 1]);
    answer(board, board.last);
    expect(board.did('registered')).toHaveLength(2);
  });

  test('the last one unanswered, without ticks: registers on the same connection', async () => {
    // Of a longer lifetime, or its own update comes between.
    const board = await registered({ lifetimeS: 3_600 });
    await board.world.pass(15_000);
    board.board.powered = false;
    board.takeSent();
    await board.world.pass(75_000);
    expect(board.sent.map(({ atMs }) => atMs / 1_000 - 15)).toEqual([5, 15, 35, 75]);
    expect(board.sent.map(isRegistration)).toEqual([false, false, false, true]);
  });
});

describe('a service that falls silent, the connection being there', () => {
  test('resend queue of 2: stops at the third update, 30 s after the first; the fourth is a hard fault', async () => {
    const board = await registered({ serialServer: 'coap://connector:5684' });
    await board.world.pass(15_000);
    await board.world.pass(29_999);
    expect([board.client.phase, board.client.queue.length]).toEqual(['up', 2]);
    await board.world.pass(1);
    expect(board.client.phase).toBe('idle');
    expect(board.serial).toContain('[ERROR:] M2MInterface::InvalidParameters');
    await board.world.pass(14_999);
    expect(board.did('crashed')).toEqual([]);
    await board.world.pass(1);
    expect([board.client.phase, board.did('crashed').length]).toEqual(['crashed', 1]);
    expect(await silence(board, 600_000)).toEqual([]);
    // Neither the service nor the button is heard, and the socket is not closed.
    board.give({ type: 'CON', messageId: 9 });
    board.press();
    expect([board.sent, board.did('close')]).toEqual([[], []]);
    board.powerOff();
    board.powerUp();
    await board.world.pass(0);
    expect(isRegistration(board.last)).toBe(true);
  });

  test('an idle one sends nothing again, and any message brings it back', async () => {
    const board = await registered();
    await board.world.pass(45_000);
    expect(board.client.phase).toBe('idle');
    expect(await silence(board, 14_000)).toEqual([]);
    board.give({ type: 'ACK', code: RESPONSES.Changed, messageId: 3 });
    keepAnswering(board);
    await board.world.pass(60_000);
    expect([board.client.phase, board.did('crashed')]).toEqual(['up', []]);
  });

  test('an idle one whose connection ends connects again', async () => {
    const board = await registered();
    await board.world.pass(45_000);
    expect(board.client.phase).toBe('idle');
    board.close();
    await board.world.pass(15_000);
    expect([board.did('crashed'), board.did('connect').length]).toEqual([[], 2]);
  });

  test.each([0, 1_000, 14_000, 28_000])('answers delayed by %d ms are survived', async (delayMs) => {
    const board = await registered();
    board.toService = () => {
      const { last } = board;
      board.world.after(delayMs, () => answer(board, last));
    };
    await board.world.pass(600_000);
    expect([board.client.phase, board.did('crashed'), board.did('close')]).toEqual(['up', [], []]);
  });

  test.each([0, 0.5, 0.999])('resend queue of 6: 600 s are survived; %d', async (random) => {
    const board = await registered({ resendQueue: 6, random: () => random });
    const sent = await silence(board, 600_000);
    expect([board.client.phase, board.did('crashed')]).toEqual(['up', []]);
    expect(sent.filter(isUpdate).length).toBeGreaterThan(40);
    expect(board.client.queue.length).toBeLessThanOrEqual(6);
    keepAnswering(board);
    await board.world.pass(90_000);
    expect(board.client.queue).toEqual([]);
  });
});

describe('a lost connection', () => {
  test.each<[string, 'network' | 'dns' | 'secure']>([
    ['NetworkError', 'network'],
    ['DnsResolvingFailed', 'dns'],
    ['SecureConnectionFailed', 'secure'],
  ])('is tried again after 15, 30, 45 s, then from 15 s on, %s printed each round', async (name, error) => {
    const board = await registered({ serialServer: 'coap://connector:5684' });
    board.network = error;
    const from = board.world.now();
    board.close(error);
    await board.world.pass(190_000);
    const waits = board
      .timesOf('connect')
      .slice(1)
      .map((at, index, all) => at - (all[index - 1] ?? from));
    expect(waits.map((ms) => ms / 1_000)).toEqual([15, 30, 45, 15, 30, 45]);
    expect(board.serial.split(`[ERROR:] M2MInterface::${name}`)).toHaveLength(3);
    expect(board.sent).toEqual([]);
  });

  test('the waits begin anew once it is registered again', async () => {
    const board = await registered();
    for (let round = 0; round < 3; round++) {
      const at = board.world.now();
      board.close();
      await board.world.pass(15_000);
      expect(board.timesOf('connect').at(-1)! - at).toBe(15_000);
      failure(board, RESPONSES.NotFound);
      answer(board, board.last);
    }
  });

  test('credentials that cannot be used are not tried again', async () => {
    const board = new WiredBoard({ serialServer: 'coap://connector:5684' });
    board.network = 'credentials';
    board.powerUp();
    await board.world.pass(600_000);
    expect([board.client.phase, board.did('connect').length]).toEqual(['dead', 1]);
    expect(board.serial).toContain('SecureConnectionFailed');
    board.close();
    expect(board.did('connect')).toHaveLength(1);
  });

  test('nothing is sent meanwhile, and ticks do not matter', async () => {
    const board = await registered();
    board.network = 'network';
    board.close();
    board.press(5);
    expect(await silence(board, 300_000)).toEqual([]);
    expect(board.did('crashed')).toEqual([]);
  });

  test('begins again with an update: 16 bytes, without lt', async () => {
    const board = await registered();
    await reconnected(board);
    expect(board.sent.map(({ bytes }) => hexOf(bytes))).toEqual(['40020002b27264076162636465666730']);
    expect(board.sent[0]!.bytes).toHaveLength(16);
  });

  test('begins again with a registration if there was none', async () => {
    const board = new WiredBoard().powerUp();
    await board.world.pass(0);
    await reconnected(board);
    expect(board.sent.some(isRegistration)).toBe(true);
    expect(board.sent.some(isUpdate)).toBe(false);
  });

  test('that update answered 4.04: registers at once; 330 s later it is still connected', async () => {
    const board = await registered();
    await reconnected(board);
    failure(board, RESPONSES.NotFound);
    expect(isRegistration(board.last)).toBe(true);
    answer(board, board.last);
    keepAnswering(board);
    await board.world.pass(330_000);
    expect([board.did('close'), board.did('connect').length, board.client.resending]).toEqual([[], 2, true]);
  });

  test('that update answered 2.04, over TCP: drops the link 120 s later, waits 15 s, registers fully', async () => {
    const board = await registered();
    await reconnected(board);
    const at = board.world.now();
    answer(board, board.last);
    keepAnswering(board);
    await board.world.pass(119_999);
    expect(board.did('close')).toEqual([]);
    expect(board.client.resending).toBe(false);
    board.takeSent();
    await board.world.pass(15_001);
    expect([board.timesOf('close'), board.timesOf('connect').at(-1)]).toEqual([[at + 120_000], at + 135_000]);
    expect(board.sent.map(isRegistration)).toEqual([true]);
    expect(board.client.resending).toBe(true);
  });

  test('until then nothing is sent again: a lost notification stays lost', async () => {
    const board = await registered();
    observe(board);
    await reconnected(board);
    answer(board, board.last);
    board.press();
    board.takeSent();
    board.toService = () => isUpdate(board.last) && answer(board, board.last);
    await board.world.pass(60_000);
    expect(board.sent.every(isUpdate)).toBe(true);
    expect(board.client.queue).toHaveLength(1);
  });

  test('the same over UDP: the link is kept', async () => {
    const board = await registered({ transport: 'udp' });
    await reconnected(board);
    answer(board, board.last);
    keepAnswering(board);
    await board.world.pass(600_000);
    expect(board.did('close')).toEqual([]);
  });

  test('one press meanwhile is told after the registration, under the ID that it had', async () => {
    const board = await registered();
    observe(board);
    await reconnected(board, 1);
    expect(board.did('notified')).toEqual([{ do: 'notified', path: '/3200/0/5501', value: '1', messageId: 2 }]);
    expect(board.sent.map(isUpdate)).toEqual([true]);
    failure(board, RESPONSES.NotFound);
    keepAnswering(board);
    answer(board, board.last);
    await board.world.pass(6_000);
    expect(board.sent.some(({ messageId }) => messageId === 2)).toBe(true);
    expect(board.did('acknowledged')).toEqual([{ do: 'acknowledged', path: '/3200/0/5501', value: '1', messageId: 2 }]);
  });
});

describe('two presses while the link is lost', () => {
  test('lock the board up: connected again, it sends nothing, for ever', async () => {
    const board = await registered();
    observe(board);
    await reconnected(board, 2);
    expect([board.client.phase, board.sent]).toEqual(['stuck', []]);
    expect(await silence(board, 3_600_000)).toEqual([]);
    expect([board.did('crashed'), board.did('close'), board.did('connect').length]).toEqual([[], [], 2]);
    // It still answers.
    board.give({ messageId: 5 });
    expect(board.sent.map(({ type }) => type)).toEqual(['RST']);
  });

  test('do not if nobody observes: the counter is kept, and can be read', async () => {
    const board = await registered();
    await reconnected(board, 2);
    expect(board.sent.map(isUpdate)).toEqual([true]);
    expect(board.client.phase).toBe('up');
    expect(board.board.counter).toBe(2);
  });

  test('acknowledging the last ID + 1 to + 4 and closing rescues it', async () => {
    const board = await registered();
    const { messageId } = board.did('send').map(({ bytes }) => ({ messageId: (bytes[2]! << 8) | bytes[3]! }))[0]!;
    observe(board);
    await reconnected(board, 3);
    for (const next of [1, 2, 3, 4]) board.give({ type: 'ACK', messageId: messageId + next });
    expect(board.sent).toEqual([]);
    board.close();
    board.toService = () => (isUpdate(board.last) ? failure(board, RESPONSES.NotFound) : answer(board, board.last));
    await board.world.pass(30_000);
    expect(isUpdate(board.sent[0]!)).toBe(true);
    board.press();
    expect(observeOf(board.last)).toBe(4);
    expect([board.client.phase, board.did('registered').length > 1]).toEqual(['up', true]);
  });

  test('do not with a resend queue of 6', async () => {
    const board = await registered({ resendQueue: 6 });
    observe(board);
    await reconnected(board, 4);
    expect(board.sent.map(isUpdate)).toEqual([true]);
    failure(board, RESPONSES.NotFound);
    keepAnswering(board);
    answer(board, board.last);
    await board.world.pass(6_000);
    expect(board.did('acknowledged').map(({ value }) => value)).toEqual(['1', '2', '3', '4']);
  });
});

test('a speed divides every wait', async () => {
  const board = new WiredBoard({ speed: 10, transport: 'udp' }).powerUp();
  await board.world.pass(3_500);
  expect(board.sent.map(({ atMs }) => atMs)).toEqual([0, 500, 1_500, 3_500]);
  await board.world.pass(5_500);
  expect(board.timesOf('connect')).toEqual([0, 9_000]);
});
