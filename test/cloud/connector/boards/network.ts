/**
 * Boards of the simulator before a BoardService, on a network without wires: datagrams that are lost, doubled and overtaken,
 * or streams that are cut. What is pressed is written down.
 *
 *   press, reboot ─► board, client ─► addresses of its own ─► lossy ─► Connection ─► service
 */
import type { BoardService } from '../../../../cloud/connector/boards/service.ts';
import type { Connection, TransportName } from '../../../../cloud/connector/transports/connection.ts';
import { type Action, type Board, type BoardEvent, newBoard, react } from '../../../../simulator/board/board.ts';
import { newClient, step } from '../../../../simulator/client/client.ts';
import type { ClientAction, ClientEvent } from '../../../../simulator/client/events.ts';
import type { ClientOptions } from '../../../../simulator/client/options.ts';
import type { Client } from '../../../../simulator/client/state.ts';
import type { VirtualClock } from '../../../virtual-clock.ts';

export interface NetworkFaults {
  loss: number;
  duplicate: number;
  jitterMs: number;
}

interface Line {
  readonly address: number;
  connection: Connection | undefined;
  isOpen: boolean;
}

let addresses = 20_000;

export class Network {
  readonly world: VirtualClock;
  readonly faults: NetworkFaults;
  readonly transport: TransportName;
  service: BoardService;

  constructor(
    world: VirtualClock,
    service: BoardService,
    transport: TransportName = 'udp',
    faults: Partial<NetworkFaults> = {},
  ) {
    [this.world, this.service, this.transport] = [world, service, transport];
    this.faults = { loss: 0, duplicate: 0, jitterMs: 0, ...faults };
  }

  /** A board's way to the service; `deliver` gets what comes back, `ended` is called when the service closes it. */
  open(endpoint: string, deliver: (bytes: Uint8Array) => void, ended: () => void): Line {
    const line: Line = { address: addresses++, connection: undefined, isOpen: true };
    if (this.transport === 'tls') this.#connect(line, endpoint, deliver, ended);
    if (this.transport === 'tcp') this.#waitForWord(line, endpoint, deliver, ended);
    this.#delivers.set(line, { endpoint, deliver, ended });
    return line;
  }

  send(line: Line, bytes: Uint8Array): void {
    const { endpoint, deliver, ended } = this.#delivers.get(line)!;
    this.#carry(() => {
      if (this.transport !== 'udp' && !line.isOpen) return;
      if (this.transport !== 'tls' && line.connection === undefined) this.#connect(line, endpoint, deliver, ended);
      line.connection?.onMessage(bytes);
    });
  }

  /** The board is gone from it; over a stream the service learns of it. */
  leave(line: Line | undefined): void {
    if (line === undefined || !line.isOpen) return;
    line.isOpen = false;
    if (this.transport !== 'udp') line.connection?.onClose('gone');
  }

  /** The board is gone from it, and the service does not learn of it, as when a cable is pulled. */
  unplug(line: Line | undefined): void {
    if (line !== undefined) line.isOpen = false;
  }

  /** The service begins anew: every connection is unknown to it. */
  restart(service: BoardService): void {
    this.service = service;
    for (const [line, { ended }] of this.#delivers) {
      line.connection = undefined;
      if (this.transport === 'udp' || !line.isOpen) continue;
      line.isOpen = false;
      ended();
    }
  }

  readonly #delivers = new Map<Line, { endpoint: string; deliver: (bytes: Uint8Array) => void; ended: () => void }>();

  /** As transports/tcp.ts: it is no connection before its first message. */
  #waitForWord(line: Line, endpoint: string, deliver: (bytes: Uint8Array) => void, ended: () => void): void {
    const sinceMs = this.world.now();
    this.world.after(20_000, () => {
      if (!line.isOpen || line.connection !== undefined) return;
      line.connection = this.#connection(line, endpoint, deliver, ended);
      if (!this.service.silent(line.connection, sinceMs)) line.connection.close();
    });
  }

  #connect(line: Line, endpoint: string, deliver: (bytes: Uint8Array) => void, ended: () => void): void {
    line.connection = this.#connection(line, endpoint, deliver, ended);
    this.service.accept(line.connection);
  }

  #connection(line: Line, endpoint: string, deliver: (bytes: Uint8Array) => void, ended: () => void): Connection {
    const commonName = `dom/${endpoint}`;
    const connection: Connection = {
      id: `${this.transport}-${line.address}`,
      peer: `10.0.0.1:${line.address}`,
      transport: this.transport,
      ...(this.transport === 'tls' && {
        identity: { commonName, domain: 'dom', endpoint, fingerprint256: 'AA' },
      }),
      mostBytes: 1_151,
      onMessage: () => {},
      onClose: () => {},
      send: (bytes) => {
        const service = this.service;
        this.#carry(() => {
          if (line.isOpen && service === this.service) deliver(bytes);
        });
      },
      close: () => {
        if (this.transport !== 'udp' && line.isOpen) {
          // Behind what was sent before.
          this.world.after(1, () => {
            line.isOpen = false;
            ended();
          });
        }
        connection.onClose('closed by the connector');
      },
    };
    return connection;
  }

  #carry(arrive: () => void): void {
    const { loss, duplicate, jitterMs } = this.faults;
    if (this.transport !== 'udp') {
      // In their order: a stream.
      this.world.after(1, arrive);
      return;
    }
    const copies = this.world.random() < loss ? 0 : this.world.random() < duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.world.after(1 + this.world.random() * jitterMs, arrive);
  }
}

/** A board that is pressed, and what must be counted of it. */
export class PressedBoard {
  readonly endpoint: string;
  readonly client: Client;
  readonly board: Board = newBoard();
  readonly network: Network;
  /** Of boots that are over: what was acknowledged, and what may have been counted beyond it. */
  certain = 0;
  maybe = 0;
  /** Of the present boot. */
  acknowledged = 0;
  #life = 0;
  #line: Line | undefined;

  constructor(endpoint: string, network: Network, options: Partial<ClientOptions> = {}) {
    [this.endpoint, this.network] = [endpoint, network];
    const { transport, world } = network;
    this.client = newClient({
      endpoint,
      domain: 'dom',
      transport,
      random: () => world.random(),
      resendQueue: 6,
      ...options,
    });
  }

  /** What is pressed once all of the present boot is told; of a board that stopped for good, nobody may ever learn the rest. */
  get pressed(): { least: number; most: number } {
    const { phase } = this.client;
    const stopped = phase === 'crashed' || phase === 'stuck' || phase === 'dead';
    const least = this.certain + (stopped ? this.acknowledged : this.board.counter);
    return { least, most: this.certain + this.board.counter + this.maybe };
  }

  powerUp(tickAfter = 1 + Math.floor(this.network.world.random() * 15_000)): this {
    this.#life += 1;
    this.#board({ kind: 'power-up', joinAfter: 0, tickAfter });
    this.#board({ kind: 'join' });
    return this;
  }

  reboot(): void {
    this.certain += this.acknowledged;
    this.maybe += this.board.counter - this.acknowledged;
    this.acknowledged = 0;
    this.#life += 1;
    this.#board({ kind: 'power-off' });
    this.step({ kind: 'stop' });
    this.network.leave(this.#line);
    this.#line = undefined;
    const life = this.#life;
    this.network.world.after(3_000, () => {
      if (life === this.#life) this.powerUp();
    });
  }

  press(): void {
    if (!this.board.powered) return;
    this.#board({ kind: 'edge' });
    this.#board({ kind: 'loop' });
  }

  /** The network goes away, and it notices. */
  cut(): void {
    if (this.#line === undefined) return;
    this.network.leave(this.#line);
    this.#line = undefined;
    this.step({ kind: 'closed', error: 'network' });
  }

  /** Its cable is pulled: it notices, and the service does not. */
  unplug(): void {
    this.network.unplug(this.#line);
    this.#line = undefined;
    this.step({ kind: 'closed', error: 'network' });
  }

  step(event: ClientEvent): void {
    for (const action of step(this.client, event)) this.#carryOut(action);
  }

  #board(event: BoardEvent): void {
    for (const action of react(this.board, event)) this.#follow(action);
  }

  #follow(action: Action): void {
    const life = this.#life;
    if (action.do === 'wake') {
      if (action.wake !== 'tick') return;
      this.network.world.after(action.after, () => {
        if (life === this.#life && this.board.powered) this.#board({ kind: action.wake });
      });
    } else if (action.do === 'register') this.step({ kind: 'start' });
    else if (action.do === 'update') this.step({ kind: 'update' });
    else if (action.do === 'notify') this.step({ kind: 'changed', path: action.path, value: action.value });
  }

  #carryOut(action: ClientAction): void {
    const { world } = this.network;
    const life = this.#life;
    if (action.do === 'send') {
      if (this.#line !== undefined) this.network.send(this.#line, action.bytes);
    } else if (action.do === 'connect') {
      this.network.leave(this.#line);
      const line: Line = this.network.open(
        this.endpoint,
        (bytes) => {
          if (line === this.#line) this.step({ kind: 'message', bytes });
        },
        () => {
          if (line !== this.#line) return;
          this.#line = undefined;
          this.step({ kind: 'closed', error: 'network' });
        },
      );
      this.#line = line;
      world.after(0, () => {
        if (line === this.#line) this.step({ kind: 'connected' });
      });
    } else if (action.do === 'close') {
      this.network.leave(this.#line);
      this.#line = undefined;
    } else if (action.do === 'wake') {
      const { wake, id, after } = action;
      world.after(after, () => {
        if (life === this.#life) this.step({ kind: 'wake', wake, id });
      });
    } else if (action.do === 'registered') this.#board({ kind: 'registered' });
    else if (action.do === 'acknowledged' && action.path === '/3200/0/5501') {
      this.acknowledged = Math.max(this.acknowledged, Number(action.value));
    } else if (action.do === 'crashed') this.board.powered = false;
  }
}
