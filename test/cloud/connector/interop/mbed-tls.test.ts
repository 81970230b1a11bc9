/**
 * A board's own TLS before a whole connector: Mbed TLS with the board's settings and limits, what `mts credentials` and
 * `mts firmware generate` made compiled in, and every message of the board written by hand.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { METHODS, RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, decodeMessage, encodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionTexts, optionUint, uintOption } from '../../../../cloud/protocol/coap/options.ts';
import { Board, boardTlsWanted, Workshop } from '../../../firmware-template/tls/board-client.ts';
import { securityH } from '../../../firmware-template/tls/generated.ts';
import { newCredentials, registration, TlsService } from './tls-service.ts';

const describeIf = boardTlsWanted ? describe : describe.skip;
const BUTTON = '/3200/0/5501';
const NAME = 'board-1';
const MESSAGE_ID = 0xff_fe;
const NOTHING = new Uint8Array(0);

describeIf("a board's own TLS before the connector", () => {
  let workshop: Workshop;
  let service: TlsService;
  let program = '';

  beforeAll(async () => {
    workshop = await Workshop.open();
  });
  afterAll(() => workshop[Symbol.asyncDispose]());
  beforeEach(async () => {
    service = await TlsService.with(NAME);
    program = await workshop.build(await securityH(await service.credentials.board(NAME)));
  });
  afterEach(async () => {
    const { problems } = service.served;
    await service[Symbol.asyncDispose]();
    expect(problems).toEqual([]);
  });

  /** The nth message that it was sent, each a record of its own. */
  async function received(board: Board, nth: number): Promise<CoapMessage> {
    return decodeMessage(Buffer.from((await board.event('message', nth)).hex, 'hex'));
  }

  async function registered(board: Board): Promise<string> {
    await board.event('connected');
    board.send(registration(NAME, MESSAGE_ID));
    const answer = await received(board, 0);
    expect(answer).toMatchObject({ type: 'ACK', code: RESPONSES.Created, messageId: MESSAGE_ID });
    return `/${optionTexts(answer.options, OPTIONS.LocationPath).join('/')}`;
  }

  const pathOf = ({ options }: CoapMessage): string => `/${optionTexts(options, OPTIONS.UriPath).join('/')}`;

  function answer(board: Board, { messageId, token }: CoapMessage, text: string, observe?: number): void {
    const options = [
      ...(observe === undefined ? [] : [uintOption(OPTIONS.Observe, observe)]),
      uintOption(OPTIONS.ContentFormat, 0),
    ];
    const payload = new TextEncoder().encode(text);
    board.send(encodeMessage({ type: 'ACK', code: RESPONSES.Content, messageId, token, options, payload }));
  }

  test('registers, updates, and is read', async () => {
    await using board = new Board(program, service.port);
    const location = await registered(board);
    expect(location).toMatch(/^\/rd\/[^/]+$/);
    expect(await service.names()).toEqual([NAME]);
    const options = location
      .slice(1)
      .split('/')
      .map((segment) => ({ number: OPTIONS.UriPath, value: new TextEncoder().encode(segment) }));
    const update = { type: 'CON', code: METHODS.POST, messageId: 0xff_ff, token: NOTHING, payload: NOTHING } as const;
    board.send(encodeMessage({ ...update, options }));
    expect(await received(board, 1)).toMatchObject({ type: 'ACK', code: RESPONSES.Changed, messageId: 0xff_ff });
    const read = service.served.connector.boards.request(NAME, { method: 'GET', path: BUTTON });
    const request = await received(board, 2);
    expect(request).toMatchObject({ type: 'CON', code: METHODS.GET });
    expect(request.token.length).toBeGreaterThan(0);
    expect(pathOf(request)).toBe(BUTTON);
    answer(board, request, '65535');
    expect(await read).toMatchObject({ status: 200, payload: new TextEncoder().encode('65535') });
    // Bytes and messages arrive one for one, whatever is on its way at once.
    expect(board.all('record').filter(({ type }) => type === 23)).toHaveLength(3);
  });

  test('is observed for a key that wants it, and its presses are told', async () => {
    const { served } = service;
    await served.ask('GET', '/v2/notification/pull?noWait=true');
    const rules = JSON.stringify([{ 'resource-path': [BUTTON] }]);
    expect((await served.ask('PUT', '/v2/subscriptions', rules, { 'content-type': 'application/json' })).ok).toBe(true);
    await using board = new Board(program, service.port);
    await registered(board);
    const observing = await received(board, 1);
    expect([pathOf(observing), optionUint(observing.options, OPTIONS.Observe)]).toEqual([BUTTON, 0]);
    answer(board, observing, '0', 0);
    const notify = (value: number): void =>
      board.send(
        encodeMessage({
          ...{ type: 'CON', code: RESPONSES.Content, messageId: value, token: observing.token },
          options: [uintOption(OPTIONS.Observe, value), uintOption(OPTIONS.ContentFormat, 0)],
          payload: new TextEncoder().encode(String(value)),
        }),
      );
    let presses = 1;
    notify(presses);
    for (let nth = 2; presses <= 3; nth++) {
      const message = await received(board, nth);
      // It may read again what it was told.
      if (message.code === METHODS.GET) answer(board, message, String(presses));
      else {
        expect(message).toMatchObject({ type: 'ACK', code: 0, messageId: presses });
        presses += 1;
        if (presses <= 3) notify(presses);
      }
    }
    const told: string[] = [];
    for (let looks = 0; looks < 1_000 && told.length < 4; looks++) {
      const answer = await served.ask('GET', '/v2/notification/pull?noWait=true');
      const { notifications = [] } = (answer.status === 200 ? await answer.json() : {}) as Pulled;
      for (const { payload } of notifications) {
        const value = String(Buffer.from(payload, 'base64'));
        if (told.at(-1) !== value) told.push(value);
      }
    }
    expect(told).toEqual(['0', '1', '2', '3']);
  });

  test('revoked: it is put out without a word, and no board is there', async () => {
    await service.revoke(NAME);
    await using board = new Board(program, service.port);
    board.send(registration(NAME, MESSAGE_ID));
    // Before or after the end of its handshake: the connector closes either way.
    await board.event(['refused', 'closed']);
    expect(board.all('message')).toEqual([]);
    expect(await service.refused()).toEqual({ revoked: 1 });
    expect(await service.names()).toEqual([]);
  });

  test('whose SERVER_CERT is of another authority: it refuses the connector', async () => {
    const other = await newCredentials(`${service.dir}/other`);
    const own = await service.credentials.board(NAME);
    const stray = await workshop.build(await securityH({ ...own, serverCert: other.authority }));
    await using board = new Board(stray, service.port);
    await board.event('refused');
    expect(await service.refused()).toEqual({ handshake: 1 });
  });
});

interface Pulled {
  readonly notifications?: readonly { readonly payload: string }[];
}
