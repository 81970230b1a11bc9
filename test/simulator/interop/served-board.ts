/**
 * A simulated board that a peer of another make can talk to: it is a client, and sends from its own socket, so here a
 * socket of the test's stands where the service would be.
 *
 *   board ─► registration, updates ─► answered here: 2.01, 2.04
 *   peer's datagrams ─► board ─► whatever else it sends ─► the peer that spoke last
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { METHODS, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, decodeMessage, encodeMessage } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions } from '../../../cloud/protocol/coap/options.ts';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import { realWorld } from '../../../scripts/world.ts';
import { createTally } from '../../../simulator/ledger/writer.ts';
import { Books } from '../../../simulator/lwm2m/books.ts';
import { Lwm2mFleet } from '../../../simulator/lwm2m/fleet.ts';
import type { Wire, WireEvents } from '../../../simulator/lwm2m/wire.ts';

const LENIENCY = { tokenInEmptyAck: true } as const;
const NOTHING = new Uint8Array(0);
const LONGEST_MS = 60_000;

export class ServedBoard implements AsyncDisposable {
  /** What the board sent to its peers. */
  readonly sent: CoapMessage[] = [];
  /** What peers sent to it. */
  readonly came: CoapMessage[] = [];
  readonly #socket: Socket;
  readonly #fleet: Lwm2mFleet;
  readonly #changed = new EventEmitter();
  #events: WireEvents | undefined;
  #peer: RemoteInfo | undefined;
  #isRegistered = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const world = realWorld(Date.now);
    this.#fleet = new Lwm2mFleet({
      ...{ boards: [0], endpointOf: () => 'board-0', domain: 'dom', transport: 'udp', resendQueue: 6, speed: 1 },
      ...{ faults: {}, random: seededRandom(1), world, wall: Date.now, books: new Books(createTally(), Date.now) },
      ...{ starting: 1, onSerial: undefined, server: '', wire: this.#wire() },
    });
    socket.on('message', (bytes, peer) => {
      this.#peer = peer;
      this.came.push(decodeMessage(bytes));
      this.#events?.message(bytes);
      this.#changed.emit('change');
    });
  }

  /** Resolves when it has registered. */
  static async start(): Promise<ServedBoard> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const board = new ServedBoard(socket);
    void board.#fleet.start();
    try {
      await board.until(() => board.#isRegistered);
      return board;
    } catch (error) {
      await board[Symbol.asyncDispose]();
      throw error;
    }
  }

  get origin(): string {
    return `coap://127.0.0.1:${this.#socket.address().port}`;
  }

  press(): void {
    this.#fleet.edge(0);
  }

  /** Until what is asked for is so; looks when a message came or went. */
  async until(holds: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(LONGEST_MS);
    while (!holds()) await once(this.#changed, 'change', { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fleet.stop();
    this.#events = undefined;
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #wire(): Wire {
    return {
      connect: (_endpoint, events) => {
        this.#events = events;
        queueMicrotask(() => events.opened());
        return { send: (bytes) => this.#send(bytes), close: () => undefined };
      },
      close: async () => undefined,
    };
  }

  #send(bytes: Uint8Array): void {
    const message = decodeMessage(bytes, LENIENCY);
    if (message.code === METHODS.POST) {
      this.#asService(message);
    } else {
      this.sent.push(message);
      if (this.#peer !== undefined) this.#socket.send(bytes, this.#peer.port, this.#peer.address);
    }
    this.#changed.emit('change');
  }

  /** After the client's step, as from a network. */
  #asService({ messageId, token, options }: CoapMessage): void {
    const isUpdate = options.filter(({ number }) => number === OPTIONS.UriPath).length > 1;
    const answer = isUpdate
      ? { code: RESPONSES.Changed, options: [] }
      : { code: RESPONSES.Created, options: pathOptions(OPTIONS.LocationPath, '/rd/here') };
    setImmediate(() => {
      this.#isRegistered = true;
      this.#events?.message(encodeMessage({ type: 'ACK', messageId, token, payload: NOTHING, ...answer }));
      this.#changed.emit('change');
    });
  }
}
