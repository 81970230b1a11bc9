/** A service that answers as the board needs it, and only when told: for tests that care for one message at a time. */
import { METHODS, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import { OPTIONS, pathOptions, uintOption } from '../../../cloud/protocol/coap/options.ts';
import type { ClientOptions } from '../../../simulator/client/options.ts';
import { type Sent, WiredBoard } from './driver.ts';

export const LOCATION = pathOptions(OPTIONS.LocationPath, '/rd/abcdefg');
export const TOKEN = Uint8Array.of(0xaa, 0xbb);

/** Answers a registration 2.01, an update 2.04, and acknowledges what else is confirmable. */
export function answer(board: WiredBoard, sent: Sent): void {
  const { messageId } = sent;
  if (sent.type !== 'CON') return;
  if (sent.code !== METHODS.POST) board.give({ type: 'ACK', messageId });
  else if (isRegistration(sent)) board.give({ type: 'ACK', code: RESPONSES.Created, messageId, options: LOCATION });
  else board.give({ type: 'ACK', code: RESPONSES.Changed, messageId });
}

export function isRegistration({ code, options }: Sent): boolean {
  return code === METHODS.POST && options.some(({ number, value }) => number === OPTIONS.UriQuery && value[0] === 0x65);
}

export function isUpdate(sent: Sent): boolean {
  return sent.code === METHODS.POST && !isRegistration(sent);
}

/** A board that is registered, with nothing under way. */
export async function registered(options: Partial<ClientOptions> = {}): Promise<WiredBoard> {
  const board = new WiredBoard(options).powerUp();
  await board.world.pass(0);
  answer(board, board.last);
  board.takeSent();
  return board;
}

/** Answers everything from now on, at once. */
export function keepAnswering(board: WiredBoard): void {
  board.toService = () => answer(board, board.last);
}

/** Observes a resource, the counter unless told. */
export function observe(board: WiredBoard, token = TOKEN, path = '/3200/0/5501', value = 0): Sent {
  const options = [uintOption(OPTIONS.Observe, value), ...pathOptions(OPTIONS.UriPath, path)];
  board.give({ code: METHODS.GET, token, options });
  return board.takeSent().at(-1)!;
}

export function observeOf({ options }: Sent): number | undefined {
  const found = options.find(({ number }) => number === OPTIONS.Observe);
  return found?.value.reduce((sum, byte) => sum * 0x100 + byte, 0);
}

/** A service that never answers: what was sent in `ms`. */
export async function silence(board: WiredBoard, ms: number): Promise<Sent[]> {
  board.toService = () => {};
  board.takeSent();
  await board.world.pass(ms);
  return board.takeSent();
}
