/** A BoardService in virtual time whose events can be looked at, and peers for it: boards of the simulator, or written by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { BoardAnswer } from '../../../../cloud/connector/boards/boards.ts';
import { BoardService } from '../../../../cloud/connector/boards/service.ts';
import type { BoardSettings } from '../../../../cloud/connector/boards/settings.ts';
import type { ConnectorEvent } from '../../../../cloud/connector/events/event.ts';
import { type Events, openEvents } from '../../../../cloud/connector/events/open.ts';
import type { Connection, TransportName } from '../../../../cloud/connector/transports/connection.ts';
import { codeText, METHODS } from '../../../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, decodeMessage, encodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionTexts, pathOptions, textOption } from '../../../../cloud/protocol/coap/options.ts';
import { COUNTER_PATH } from '../../../../cloud/protocol/paths.ts';
import { VirtualClock } from '../../../virtual-clock.ts';
import { Network, PressedBoard } from './network.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

export class Bench {
  readonly world = new VirtualClock(7);
  readonly events: Events;
  readonly service: BoardService;
  readonly wanted = new Set([COUNTER_PATH]);
  /** Those with a channel, who all want the same. */
  keys = ['k'];
  readonly troubles: string[] = [];
  readonly refused: string[] = [];
  readonly problems: unknown[] = [];

  constructor(settings: Partial<BoardSettings> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'mts-service-'));
    this.events = openEvents({ path: join(folder, 'connector.db'), world: this.world });
    this.service = new BoardService({
      world: this.world,
      events: this.events,
      settings,
      interests: {
        pathsOf: () => this.wanted,
        keysFor: (_endpoint, path) => (this.wanted.has(path) ? this.keys : []),
        channelKeys: () => this.keys,
        registered: () => {},
      },
      onTrouble: (endpoint, trouble) => this.troubles.push(`${endpoint}: ${trouble}`),
      onRefused: (what, peer, detail) => this.refused.push(`${what}, ${peer}: ${detail}`),
      onProblem: (problem) => this.problems.push(problem),
    });
    closing.push(() => {
      this.service.close();
      this.events.close();
      rmSync(folder, { recursive: true });
    });
  }

  board(transport: TransportName = 'udp', endpoint = 'board-1', options = {}): PressedBoard {
    return new PressedBoard(endpoint, new Network(this.world, this.service, transport), options).powerUp(15_000);
  }

  /** What was queued since the last time this was asked. */
  async told(): Promise<ConnectorEvent[]> {
    if ((this.events.queue.numbers('k')?.events ?? 0) === 0) return [];
    const want = { mostItems: 10_000, mostBytes: 4e6 };
    const batch = (await this.events.queue.next('k', want, new AbortController().signal))!;
    await this.events.queue.acknowledge('k', batch);
    return [...batch.events];
  }

  async values(): Promise<string[]> {
    return (await this.told()).flatMap(({ kind, data }) => {
      return kind === 'notification' ? [Buffer.from(data.payload ?? '', 'base64').toString()] : [];
    });
  }

  /** A request, or what a board in queue mode or without a connection leaves open, after so long. */
  async ask(path: string, method: 'GET' | 'PUT' | 'POST' | 'DELETE' = 'GET', text?: string): Promise<BoardAnswer> {
    const payload = text === undefined ? {} : { payload: new TextEncoder().encode(text) };
    const answer = this.service.request('board-1', { method, path, ...payload });
    await this.world.pass(200_000);
    return await answer;
  }
}

/** A peer that is written by hand. */
export class RawPeer {
  readonly received: CoapMessage[] = [];
  readonly connection: Connection;
  closed: string | undefined;
  isKept = false;
  /** What it does with what it is asked; nothing, unless set. */
  onRequest: (request: CoapMessage) => void = () => {};
  #messageId = 1_000;

  constructor(bench: Bench, transport: TransportName = 'udp', endpoint = 'board-1') {
    this.connection = {
      id: `raw-${Math.random()}`,
      peer: '10.0.0.9:9',
      transport,
      ...(transport === 'tls' && {
        identity: { commonName: `dom/${endpoint}`, domain: 'dom', endpoint, fingerprint256: 'AA' },
      }),
      mostBytes: 1_151,
      send: (bytes) => {
        const message = decodeMessage(bytes);
        this.received.push(message);
        if (message.type === 'CON') bench.world.after(1, () => this.onRequest(message));
      },
      close: () => {
        this.closed ??= 'by the connector';
        this.connection.onClose('closed');
      },
      keep: (isBoard) => {
        this.isKept = isBoard;
      },
      onMessage: () => {},
      onClose: () => {},
    };
    bench.service.accept(this.connection);
  }

  give(message: Partial<CoapMessage>): number {
    const nothing = new Uint8Array(0);
    const messageId = message.messageId ?? this.#messageId++;
    const blank = { type: 'CON', code: 0, messageId, token: nothing, options: [], payload: nothing } as const;
    this.connection.onMessage(encodeMessage({ ...blank, ...message }));
    return messageId;
  }

  register(query: readonly string[], links = '</3200/0/5501>;obs', messageId = this.#messageId++): number {
    return this.give({
      messageId,
      code: METHODS.POST,
      options: [...pathOptions(OPTIONS.UriPath, '/rd'), ...query.map((text) => textOption(OPTIONS.UriQuery, text))],
      payload: new TextEncoder().encode(links),
    });
  }

  /** Of the registration that was answered last. */
  update(query: readonly string[] = []): number {
    const { options } = this.received.findLast(({ code }) => codeText(code) === '2.01 Created')!;
    const location = optionTexts(options, OPTIONS.LocationPath).join('/');
    const said = query.map((text) => textOption(OPTIONS.UriQuery, text));
    return this.give({ code: METHODS.POST, options: [...pathOptions(OPTIONS.UriPath, `/${location}`), ...said] });
  }

  answerTo(messageId: number): string | undefined {
    const answer = this.received.find((message) => message.type === 'ACK' && message.messageId === messageId);
    return answer === undefined ? undefined : codeText(answer.code);
  }
}
