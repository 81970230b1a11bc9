/** A bad network is as bad as it was asked to be, and says how bad it was. */
import { expect, test } from '@jest/globals';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import type { Faults } from '../../../simulator/faults.ts';
import { DATAGRAM_FAULTS, faultyWire, nonePlayed } from '../../../simulator/lwm2m/faulty.ts';
import type { Wire, WireEvents } from '../../../simulator/lwm2m/wire.ts';
import { VirtualClock } from '../../virtual-clock.ts';

const MANY = 10_000;

interface Arrival {
  readonly number: number;
  readonly tookMs: number;
}

/** So many datagrams, a millisecond apart, half of them each way; and what arrived. */
async function carried(faultsAt: (ms: number) => Faults, seed = 3) {
  const world = new VirtualClock();
  const played = nonePlayed();
  const arrived: Arrival[] = [];
  const sentAt: number[] = [];
  const arrive = (bytes: Uint8Array): void => {
    const number = new DataView(bytes.buffer).getUint32(0);
    arrived.push({ number, tookMs: world.now() - sentAt[number]! });
  };
  let events: WireEvents | undefined;
  const inner: Wire = {
    connect(_endpoint, given) {
      events = given;
      return { send: arrive, close: () => undefined };
    },
    close: async () => undefined,
  };
  const wire = faultyWire(inner, () => faultsAt(world.now()), seededRandom(seed), world, played);
  const connection = wire.connect('board-0001', { opened() {}, message: arrive, closed() {} });
  for (let number = 0; number < MANY; number++) {
    sentAt.push(number);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    world.after(number, () => (number % 2 === 0 ? connection.send(bytes) : events?.message(bytes)));
  }
  await world.pass(MANY + 1_000);
  return { played, arrived, connection, events: events!, world };
}

/** Within five standard deviations of a binomial count. */
function expectAbout(count: number, probability: number, of = MANY): void {
  const deviation = Math.sqrt(of * probability * (1 - probability));
  expect(Math.abs(count - of * probability)).toBeLessThan(5 * deviation);
}

test('each fault is played as often as it was asked for, and counted', async () => {
  const faults = { loss: 0.1, duplicate: 0.05, reorder: 0.2, delay: 0.02, jitter: 0.4 };
  const { played, arrived } = await carried(() => faults);
  expectAbout(played.loss, faults.loss);
  // Of what is not lost.
  for (const fault of ['duplicate', 'reorder', 'delay', 'jitter'] as const) {
    expectAbout(played[fault], faults[fault], MANY - played.loss);
  }
  expect(arrived).toHaveLength(MANY - played.loss + played.duplicate);
  expect(new Set(arrived.map(({ number }) => number)).size).toBe(MANY - played.loss);
  for (const way of [0, 1]) {
    const lost = MANY / 2 - new Set(arrived.map(({ number }) => number).filter((one) => one % 2 === way)).size;
    expectAbout(lost, faults.loss, MANY / 2);
  }
});

test.each([
  ['reorder', 20, 120],
  ['delay', 300, 300],
  ['jitter', 0, 50],
] as const)('%s takes from %i to %i ms', async (fault, least, most) => {
  const { played, arrived } = await carried(() => ({ [fault]: 0.3 }));
  const late = arrived.filter(({ tookMs }) => tookMs > 0);
  expect(late).toHaveLength(played[fault]);
  for (const { tookMs } of late) {
    expect(tookMs).toBeGreaterThanOrEqual(least);
    expect(tookMs).toBeLessThanOrEqual(most + 1e-6);
  }
  const numbers = arrived.map(({ number }) => number);
  expect(numbers.some((number, index) => number < (numbers[index - 1] ?? 0))).toBe(true);
});

test('without faults nothing happens to anything', async () => {
  const { played, arrived } = await carried(() => ({}));
  expect(played).toEqual(nonePlayed());
  expect(arrived.map(({ number }) => number)).toEqual(Array.from({ length: MANY }, (_, number) => number));
});

test('faults change with the moment', async () => {
  const { played, arrived } = await carried((ms) => ({ loss: ms < MANY / 2 ? 0 : 1 }));
  expect(played.loss).toBe(MANY / 2);
  expect(Math.max(...arrived.map(({ number }) => number))).toBe(MANY / 2 - 1);
});

test('the same seed plays the same, another one does not', async () => {
  const faults = Object.fromEntries(DATAGRAM_FAULTS.map((fault) => [fault, 0.1]));
  const { arrived } = await carried(() => faults);
  expect((await carried(() => faults)).arrived).toEqual(arrived);
  expect((await carried(() => faults, 4)).arrived).not.toEqual(arrived);
});

test('what a board sent before it went still arrives; what was on its way to it does not', async () => {
  const { arrived, connection, events, world } = await carried(() => ({ delay: 1 }));
  const before = arrived.length;
  connection.send(new Uint8Array(4));
  events.message(new Uint8Array(4));
  connection.close();
  await world.pass(2_000);
  expect(arrived).toHaveLength(before + 1);
});
