/** The connector as a whole, without its API: what somebody who reads its log is told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Connector, type ConnectorOptions, openConnector } from '../../../cloud/connector/connector.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { press } from './events/queue-files.ts';

interface Opened extends AsyncDisposable {
  readonly world: VirtualClock;
  connector: Connector;
  /** Lines of the log, from `warn` on. */
  readonly lines: (Readonly<Record<string, unknown>> & { readonly text: string })[];
  /** Closed, and opened again after so long. */
  restart(awayMs?: number): Promise<void>;
}

async function opened(options: Partial<ConnectorOptions> = {}): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'mts-connector-'));
  const [world, lines]: [VirtualClock, Opened['lines']] = [new VirtualClock(), []];
  const tell = (fields: object, text: string): void => void lines.push({ ...fields, text });
  const log = { info: () => undefined, warn: tell, error: tell };
  const open = () => openConnector({ folder, world, log, dialect: 'pelion', ...options });
  const made: Opened = {
    ...{ world, lines, connector: await open() },
    async restart(awayMs = 0) {
      await made.connector.close();
      await world.pass(awayMs);
      made.connector = await open();
    },
    async [Symbol.asyncDispose]() {
      await made.connector.close();
      await rm(folder, { recursive: true });
    },
  };
  return made;
}

test('a flood of events that are lost is a line now and then, whose numbers are right in the end', async () => {
  await using it = await opened({ channels: { queue: { mostBytes: 2_000, lifetimeMs: 3_600_000 } } });
  const { queue } = it.connector.events;
  for (let value = 0; value < 500; value++) {
    await queue.append('k', [press('a', value)]);
    if (value % 100 === 0) await it.world.pass(1_000);
  }
  const lost = () => it.lines.filter(({ text }) => text.startsWith('events were lost'));
  expect(lost()).toHaveLength(1);
  await it.world.pass(10_000);
  const { dropped } = queue.numbers('k')!;
  expect(dropped).toBeGreaterThan(400);
  expect(lost()).toEqual([
    expect.objectContaining({ key: 'k', dropped: 1 }),
    expect.objectContaining({ key: 'k', dropped, expired: 0 }),
  ]);
});

test('events without a channel are shown, counted and told of at the start', async () => {
  await using it = await opened();
  await it.connector.events.queue.append('k', [press('a', 1), press('a', 2)]);
  await it.restart();
  expect(it.lines).toEqual([{ key: 'k', events: 2, text: 'events wait for a key that has no channel' }]);
  expect([it.connector.waiting, it.connector.unclaimed]).toEqual([2, 2]);
  expect(it.connector.channels.states()).toMatchObject([{ key: 'k', kind: 'none', queue: { events: 2 } }]);
});

test.each(['running', 'away'])(
  'an expired key’s channel ends, with what was queued and subscribed: %s',
  async (where) => {
    await using it = await opened();
    const { keys, channels, interests, events } = it.connector;
    const { id } = keys.add({ name: 'web', expiresMs: it.world.wall() + 6_000 });
    await channels.putWebsocket(id);
    await interests.setRules(id, [{ 'resource-path': ['/3200/0/5501'] }], 'pelion');
    await events.queue.append(id, [press('a', 1)]);
    await it.world.pass(5_000);
    expect(it.connector.channels.kindOf(id)).toBe('websocket');
    if (where === 'away') await it.restart(5_000);
    await it.world.pass(5_000);
    expect(it.connector.channels.kindOf(id)).toBeUndefined();
    expect(it.connector.events.queue.numbers(id)).toBeUndefined();
    expect(it.connector.interests.rules(id)).toEqual([]);
    expect(it.lines).toEqual([
      { key: id, kind: 'websocket', text: 'a key has expired, and its channel ends with what was queued for it' },
    ]);
  },
);
