/** The API in front of a connector that is made up: two boards, one key, and answers as a test wants them. */
import { type FastifyInstance, fastify } from 'fastify';
import { restApi } from '../../../../cloud/connector/api/api.ts';
import type { ApiParts } from '../../../../cloud/connector/api/parts.ts';
import type {
  BoardAnswer,
  BoardChange,
  BoardInfo,
  BoardRequest,
  Reading,
} from '../../../../cloud/connector/boards/boards.ts';
import type { ChannelKind } from '../../../../cloud/connector/channels/channels.ts';
import type { PollAnswer, PollHow } from '../../../../cloud/connector/channels/poll/answer.ts';
import type { Registering } from '../../../../cloud/connector/channels/webhook/channels.ts';
import type { ApiDialect } from '../../../../cloud/connector/connector.ts';
import type { ChannelRecords } from '../../../../cloud/connector/events/channel-records.ts';
import type { NewEvent } from '../../../../cloud/connector/events/event.ts';
import { type SubscriptionLimits, Subscriptions } from '../../../../cloud/connector/interests/subscriptions.ts';
import { VirtualClock } from '../../../virtual-clock.ts';

const BOARD: BoardInfo = {
  ...{ endpoint: 'awake', domain: 'dom', type: 'test', queueMode: false, transport: 'udp', peer: undefined },
  resources: [
    { path: '/3200/0/5501', obs: true, rt: 'Button' },
    { path: '/3', obs: false },
  ],
  ...{ registeredMs: 0, heardMs: 0, expiresMs: 0, boot: undefined, trouble: undefined },
};

/** Its key is `key`, with the id `k`; `other` is another one, and `old` has expired. */
export class Faked {
  readonly parts: ApiParts;
  readonly world = new VirtualClock();
  readonly asked: (BoardRequest & { readonly endpoint: string })[] = [];
  readonly observed: string[] = [];
  readonly told: { readonly key: string; readonly data: object }[] = [];
  readonly problems: object[] = [];
  readonly noticed: (Readonly<Record<string, unknown>> & { readonly kind: string })[] = [];
  readonly known = new Map<string, Reading>();
  channel: ChannelKind | undefined = 'poll';
  answer: (request: BoardRequest) => BoardAnswer | Promise<BoardAnswer> = () => ({ status: 200 });
  register: () => Promise<Registering> = async () => ({ accepted: true });
  /** Where boards are connected from. */
  peer: string | undefined;
  readonly #listeners = new Set<(change: BoardChange) => void>();
  /** No key is good any more. */
  hasEnded = false;
  readonly forgotten: string[] = [];
  poll: (how: PollHow) => PollAnswer | Promise<PollAnswer> = () => ({ status: 204 });
  save: () => Promise<void> = async () => undefined;

  constructor(dialect: ApiDialect, limits: Partial<SubscriptionLimits> = {}) {
    const records = {
      ...{ load: () => new Map(), get: () => undefined, save: () => this.save(), delete: () => this.save() },
    } as unknown as ChannelRecords;
    const interests = new Subscriptions({ records, channelKeys: () => [], hasChannel: () => true, limits });
    const boards = new Map(
      [BOARD, { ...BOARD, endpoint: 'asleep', queueMode: true }].map((one) => [one.endpoint, one]),
    );
    for (const board of boards.values()) interests.registered(board);
    this.parts = {
      ...{ dialect, interests, world: this.world, version: '0' },
      boards: {
        list: () => [...boards.values()],
        get: (endpoint) => {
          const board = boards.get(endpoint);
          return board === undefined ? undefined : { ...board, peer: this.peer };
        },
        latest: (_endpoint, path) => this.known.get(path),
        request: async (endpoint, request) => {
          this.asked.push({ endpoint, ...request });
          return await this.answer(request);
        },
        observe: async (endpoint, path) => {
          this.observed.push(`${endpoint}${path}`);
          return { status: 200 };
        },
        interestsChanged: () => undefined,
        channelBegan: () => undefined,
        remove: async (endpoint) => boards.has(endpoint),
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      channels: this.#channels(),
      keys: { check: (text) => (this.hasEnded ? 'unknown' : (KEYS.get(text) ?? 'unknown')) },
      events: { queue: { append: this.#append } as unknown as ApiParts['events']['queue'] },
      notices: { warn: (kind, fields, text) => void this.noticed.push({ kind, ...fields, text }) },
      log: { info: () => undefined, warn: () => undefined, error: (fields) => void this.problems.push(fields) },
    };
  }

  changed(endpoint: string, what: BoardChange['what']): void {
    for (const listener of this.#listeners) listener({ endpoint, what });
  }

  async app(): Promise<FastifyInstance> {
    const app = fastify({ forceCloseConnections: true }) as unknown as FastifyInstance;
    await restApi(app, this.parts);
    return app;
  }

  #append = async (key: string, [event]: readonly NewEvent[]): Promise<void> => {
    this.told.push({ key, data: event!.data as object });
  };

  #channels(): ApiParts['channels'] {
    const webhook = { get: () => undefined, remove: async () => this.channel === 'callback' };
    const fake = {
      webhook,
      kindOf: () => this.channel,
      register: async () => await this.register(),
      forgetKey: async (key: string) => void this.forgotten.push(key),
      poll: async (_key: string, how: PollHow) => await this.poll(how),
      removePoll: async () => 'REMOVED',
      putWebsocket: async () => ({ status: 201 }),
      websocket: () => undefined,
      removeWebsocket: async () => this.channel === 'websocket',
      connect: () => undefined,
    };
    return fake as unknown as ApiParts['channels'];
  }
}

const KEYS = new Map<string, { readonly id: string } | 'expired'>([
  ['key', { id: 'k' }],
  ['other', { id: 'o' }],
  ['old', 'expired'],
]);

export const ASKER = { authorization: 'Bearer key' };
