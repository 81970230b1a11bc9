/**
 * Two keys, whose channels and subscriptions come and go while boards are pressed, fall off and return: when all is quiet, each key
 * with a channel was told each board's last value.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Connector, openConnector } from '../../../cloud/connector/connector.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { Network, PressedBoard } from './boards/network.ts';

const RULE = [{ 'resource-path': ['/3200/0/5501'] }];
const WHAT = ['press', 'reboot', 'cut', 'unplug', 'restart', 'pass', 'give up', 'come back'] as const;
/** Longer than a channel is kept that nobody uses: some are removed by themselves. */
const IDLE_MS = 20_000;
/** Longer than all of a board's timers. */
const QUIET_TURNS = 40;
const TURN_MS = 15_000;
/** Of boards that stay away for good, as the real one does. */
const GONE: ReadonlySet<string> = new Set(['crashed', 'stuck', 'dead']);

interface Step {
  readonly what: (typeof WHAT)[number];
  /** Board or key. */
  readonly which: number;
  readonly ms: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom('press' as const, 'press' as const, ...WHAT),
    which: fc.nat(1),
    ms: fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(40_000)),
  }),
  { maxLength: 40 },
);

class Told {
  readonly connector: () => Connector;
  readonly #last = new Map<string, number>();

  constructor(connector: () => Connector) {
    this.connector = connector;
  }

  last(key: string, endpoint: string): number | undefined {
    return this.#last.get(`${key} ${endpoint}`);
  }

  /** Takes what is queued, as a client of the channel does. */
  async take(key: string): Promise<void> {
    const { channels, events } = this.connector();
    while (channels.kindOf(key) !== undefined && (events.queue.numbers(key)?.events ?? 0) > 0) {
      const batch = await events.queue.next(key, { mostItems: 1_000, mostBytes: 4e6 }, new AbortController().signal);
      if (batch === undefined) return;
      for (const { kind, data } of batch.events)
        if (kind === 'notification') this.#last.set(`${key} ${data.ep}`, Number(atob(data.payload ?? '')));
      await events.queue.acknowledge(key, batch);
    }
  }
}

async function makeChannel({ channels, boards }: Connector, key: string): Promise<void> {
  const { status } = await channels.putWebsocket(key);
  if (status === 201) boards.channelBegan(key);
}

/** A channel that is deleted takes the subscriptions with it; they are made again before the channel is. */
async function giveUp({ channels, boards, interests }: Connector, key: string): Promise<void> {
  if (channels.kindOf(key) === undefined) return;
  await interests.forgetKey(key);
  await channels.removeWebsocket(key);
  boards.interestsChanged();
  await interests.setRules(key, RULE, 'pelion');
  boards.interestsChanged();
}

test.each(['udp', 'tls', 'tcp'] as const)(
  'whatever happens, who has a channel knows the last value (%s)',
  async (transport) => {
    const history = async (happened: readonly Step[], seed: number): Promise<void> => {
      const folder = await mkdtemp(join(tmpdir(), 'mts-two-keys-'));
      const world = new VirtualClock(seed);
      const errors: unknown[] = [];
      const log = {
        info: () => undefined,
        warn: () => undefined,
        error: (...said: unknown[]) => void errors.push(said),
      };
      const channels = { websocket: { removedAfterIdleMs: IDLE_MS } };
      const open = () => openConnector({ folder, world, log, dialect: 'pelion', channels });
      let connector = await open();
      const told = new Told(() => connector);
      const keys = ['a', 'b'].map((name) => connector.keys.add({ name }).id);
      for (const key of keys) {
        await makeChannel(connector, key);
        await connector.interests.setRules(key, RULE, 'pelion');
      }
      const faults = transport === 'udp' ? { loss: 0.1, duplicate: 0.1, jitterMs: 300 } : {};
      const network = new Network(world, connector.boards, transport, faults);
      const boards = [0, 1].map((index) => new PressedBoard(`board-${index}`, network).powerUp());
      await world.pass(5_000);
      for (const { what, which, ms } of happened) {
        const [board, key] = [boards[which]!, keys[which]!];
        if (what === 'press') board.press();
        else if (what === 'reboot') board.reboot();
        else if (what === 'cut') board.cut();
        else if (what === 'unplug') board.unplug();
        else if (what === 'come back') await makeChannel(connector, key);
        else if (what === 'give up') await giveUp(connector, key);
        else if (what === 'restart') {
          await connector.close();
          connector = await open();
          network.restart(connector.boards);
        }
        await world.pass(ms);
        for (const one of keys) await told.take(one);
      }
      Object.assign(network.faults, { loss: 0, duplicate: 0, jitterMs: 0 });
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) {
        for (const key of keys) await makeChannel(connector, key);
        await world.pass(TURN_MS);
        for (const key of keys) await told.take(key);
      }
      for (const { endpoint, board, client } of boards) {
        if (!board.powered || GONE.has(client.phase)) continue;
        expect(keys.map((key) => [endpoint, told.last(key, endpoint)])).toEqual(
          keys.map(() => [endpoint, board.counter]),
        );
      }
      expect(errors).toEqual([]);
      await connector.close();
      await rm(folder, { recursive: true });
    };
    await fc.assert(fc.asyncProperty(steps, fc.nat(), history), { numRuns: 25 });
  },
);
