/** The board against this project's own exchange layer, over a network that loses, doubles and reorders. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { METHODS, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import type { CoapMessage } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions, uintOption } from '../../../cloud/protocol/coap/options.ts';
import { CoapPeer, type Content } from '../../../cloud/protocol/coap/peer.ts';
import { DEFAULT_TRANSMISSION } from '../../../cloud/protocol/coap/transmission.ts';
import { lossyLink, type NetworkFaults, VirtualWorld } from '../../cloud/protocol/coap/virtual-world.ts';
import { textOf, WiredBoard } from './driver.ts';
import { LOCATION } from './service.ts';

const COUNTER = pathOptions(OPTIONS.UriPath, '/3200/0/5501');
const CALM: NetworkFaults = { loss: 0, duplicate: 0, jitterMs: 5 };

/** One connection of the service: answers registrations, observes the counter after each, keeps what it is told. */
class Service {
  readonly told: string[] = [];
  readonly problems: unknown[] = [];
  readonly peer: CoapPeer;
  #first = true;
  #tokens = 0;

  constructor(world: VirtualWorld, send: (bytes: Uint8Array) => void) {
    this.peer = new CoapPeer({
      world,
      parameters: DEFAULT_TRANSMISSION,
      leniency: { tokenInEmptyAck: true },
      nstart: 1,
      mostSeen: 1_000,
      responseMs: 60_000,
      send,
      onRequest: (request) => this.#request(request),
      onNotification: (notification) => {
        this.told.push(textOf(notification.payload));
        return 'acknowledge';
      },
      onProblem: (problem) => this.problems.push(problem),
    });
  }

  /** The counter, as a read tells it; undefined without an answer. */
  read(options = COUNTER): Promise<string | undefined> {
    const token = Uint8Array.of(1, ++this.#tokens);
    const value = this.peer.request({ code: METHODS.GET, token, options });
    return value.then(({ payload }) => textOf(payload)).catch(() => undefined);
  }

  #request({ options }: CoapMessage): Content {
    const first = this.#first;
    this.#first = false;
    const update = options.filter(({ number }) => number === OPTIONS.UriPath).length > 1;
    if (update) return { code: first ? RESPONSES.NotFound : RESPONSES.Changed };
    void this.read([uintOption(OPTIONS.Observe, 0), ...COUNTER]).then((value) => value && this.told.push(value));
    return { code: RESPONSES.Created, options: LOCATION };
  }
}

/** Board and service, each connection with faults of its own; `calm()` ends them. */
function joined(seed: number, faults: NetworkFaults, transport: 'udp' | 'tls', resendQueue: number) {
  const world = new VirtualWorld(seed);
  const board = new WiredBoard({ transport, resendQueue, random: () => world.random() }, world);
  const present = { ...faults };
  const services: Service[] = [];
  let connections = 0;
  board.toService = (bytes) => {
    const connection = board.did('connect').length;
    if (connection !== connections) {
      connections = connection;
      services.at(-1)?.peer.close();
      const here = () => connection === board.did('connect').length;
      services.push(
        new Service(
          world,
          lossyLink(world, present, (answer) => here() && board.give(answer)),
        ),
      );
    }
    const service = services.at(-1)!;
    lossyLink(world, present, (arrived) => service.peer.receive(arrived))(bytes);
  };
  const calm = () => Object.assign(present, CALM);
  return { world, board, services, calm };
}

const faults = fc.record({
  loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  duplicate: fc.double({ min: 0, max: 0.3, noNaN: true }),
  jitterMs: fc.constantFrom(0, 50, 3_000),
});
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('press' as const), afterMs: fc.nat(8_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('close' as const), afterMs: fc.nat(60_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('reboot' as const), afterMs: fc.nat(60_000) }) },
);

test('counters are right whatever the network does, and memory is bounded', async () => {
  let [crashes, stuck, recovered] = [0, 0, 0];
  const property = fc.asyncProperty(
    fc.nat(),
    faults,
    fc.constantFrom('udp' as const, 'tls' as const),
    fc.constantFrom(2, 6),
    fc.array(happening, { maxLength: 25 }),
    async (seed, network, transport, resendQueue, script) => {
      const { world, board, services, calm } = joined(seed, network, transport, resendQueue);
      board.powerUp(1 + (seed % 15_000));
      await world.pass(5_000);
      for (const { what, afterMs } of script) {
        if (what === 'press') board.press();
        else if (what === 'close') board.close();
        else {
          board.powerOff();
          board.powerUp();
        }
        await world.pass(afterMs);
        expect(board.client.queue.length).toBeLessThanOrEqual(resendQueue);
      }
      calm();
      await world.pass(400_000);
      expect(services.flatMap(({ problems }) => problems)).toEqual([]);

      const told = services.flatMap((service) => service.told);
      // What is taken for acknowledged has really been told; nothing is both acknowledged and dropped under one ID.
      for (const { value } of board.did('acknowledged')) expect(told).toContain(value);
      const notified = board.did('notified').length;
      const ended =
        board.did('acknowledged').length + board.did('dropped').filter(({ why }) => why !== 'queue-full').length;
      expect(ended).toBeLessThanOrEqual(notified);
      // Timers of what is over are void, but still there: at most the own update's and the link's are long.
      expect(world.pending).toBeLessThan(300);

      const { phase } = board.client;
      if (phase === 'crashed') crashes += 1;
      else if (phase === 'stuck') stuck += 1;
      else if (phase === 'up' && board.client.registered) {
        recovered += 1;
        const read = services.at(-1)!.read();
        await world.pass(100);
        expect(await read).toBe(String(board.board.counter));
      }
    },
  );
  await fc.assert(property, { numRuns: 150, seed: 20_181 });
  // The property is about nothing if none of them comes about.
  expect(Math.min(crashes, stuck, recovered)).toBeGreaterThan(0);
});

test('without faults every press is told, once acknowledged, with nothing sent again', async () => {
  const { world, board, services } = joined(1, CALM, 'tls', 2);
  board.powerUp();
  await world.pass(1_000);
  for (let press = 0; press < 200; press++) {
    board.press();
    await world.pass(100);
  }
  expect(services[0]!.told).toEqual(Array.from({ length: 201 }, (_, value) => String(value)));
  expect(board.did('acknowledged').map(({ value }) => Number(value))).toEqual(
    Array.from({ length: 200 }, (_, value) => value + 1),
  );
  const ids = board.sent.filter(({ type }) => type === 'CON').map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
});
