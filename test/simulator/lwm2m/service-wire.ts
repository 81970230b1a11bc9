/**
 * A wire in virtual time that leads into a BoardService: a millisecond each way, in order, and down when it is told to be.
 *
 *   fleet ─► connect, send ─► 1 ms ─► Connection ─► service ─► 1 ms ─► message
 */
import type { BoardService } from '../../../cloud/connector/boards/service.ts';
import type { Connection, TransportName } from '../../../cloud/connector/transports/connection.ts';
import type { Wire, WireConnection, WireEvents } from '../../../simulator/lwm2m/wire.ts';
import type { VirtualClock } from '../../virtual-clock.ts';

/** RFC 7252 §3: version 1, type 2, no token. */
const EMPTY_ACK = 0x60;

let addresses = 20_000;

export class ServiceWire implements Wire {
  readonly #world: VirtualClock;
  readonly #service: BoardService;
  readonly #transport: TransportName;
  readonly #lines = new Set<Line>();
  /** What is sent is gone, both ways. */
  isDown = false;
  /** What reaches boards, by the message. */
  reaches: (bytes: Uint8Array) => boolean = () => true;
  isClosed = false;
  connections = 0;
  /** Messages of boards, lost ones too. */
  sent = 0;

  constructor(world: VirtualClock, service: BoardService, transport: TransportName) {
    [this.#world, this.#service, this.#transport] = [world, service, transport];
  }

  connect(endpoint: string, events: WireEvents): WireConnection {
    this.connections += 1;
    const line: Line = { events, connection: undefined, isOpen: true };
    this.#lines.add(line);
    this.#later(() => {
      if (!line.isOpen) return;
      if (this.#transport !== 'udp') this.#accept(line, endpoint);
      events.opened();
    });
    return {
      send: (bytes) => {
        this.sent += 1;
        if (this.isDown || !line.isOpen) return;
        this.#later(() => {
          if (line.connection === undefined) this.#accept(line, endpoint);
          line.connection?.onMessage(bytes);
        });
      },
      close: () => this.#left(line),
    };
  }

  /** Every connection breaks, and boards notice. */
  cutAll(): void {
    for (const line of [...this.#lines]) {
      this.#left(line);
      line.events.closed('network');
    }
  }

  /** Every Message ID there is, to whoever is connected: as a service does that frees a board which is locked up. */
  acknowledgeAll(): void {
    for (const { events } of [...this.#lines]) {
      for (let id = 0; id <= 0xffff; id++) events.message(Uint8Array.of(EMPTY_ACK, 0, id >> 8, id & 0xff));
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #accept(line: Line, endpoint: string): void {
    const address = addresses++;
    const connection: Connection = {
      id: `${this.#transport}-${address}`,
      peer: `10.0.0.1:${address}`,
      transport: this.#transport,
      ...(this.#transport === 'tls' && {
        identity: { commonName: `mts/${endpoint}`, domain: 'mts', endpoint, fingerprint256: 'AA' },
      }),
      mostBytes: 1_151,
      onMessage: () => undefined,
      onClose: () => undefined,
      send: (bytes) => {
        if (!this.isDown && this.reaches(bytes)) this.#later(() => line.isOpen && line.events.message(bytes));
      },
      close: () => {
        if (this.#transport !== 'udp') this.#later(() => this.#broken(line));
        connection.onClose('closed by the service');
      },
    };
    line.connection = connection;
    this.#service.accept(connection);
  }

  #broken(line: Line): void {
    if (!line.isOpen) return;
    line.isOpen = false;
    this.#lines.delete(line);
    line.events.closed('network');
  }

  #left(line: Line): void {
    if (!line.isOpen) return;
    line.isOpen = false;
    this.#lines.delete(line);
    if (this.#transport !== 'udp') line.connection?.onClose('gone');
  }

  #later(what: () => void): void {
    this.#world.after(1, what);
  }
}

interface Line {
  readonly events: WireEvents;
  connection: Connection | undefined;
  isOpen: boolean;
}
