/**
 * A board on a wire that the test holds: ../../../simulator/board and its client, in virtual time.
 *
 *   press, ticks ─► board ─► start, changed, update ─► client ─► actions ─► log, `toService`
 *
 * Connections are there at once, unless `network` says otherwise; what the client sends is kept, decoded.
 */
import { type CoapMessage, decodeMessage, encodeMessage } from '../../../cloud/protocol/coap/message.ts';
import { type Action, type Board, type BoardEvent, newBoard, react } from '../../../simulator/board/board.ts';
import { newClient, step } from '../../../simulator/client/client.ts';
import type { ClientAction, ClientEvent, LinkError } from '../../../simulator/client/events.ts';
import type { ClientOptions } from '../../../simulator/client/options.ts';
import type { Client } from '../../../simulator/client/state.ts';
import { VirtualWorld } from '../../cloud/protocol/coap/virtual-world.ts';

export interface Sent extends CoapMessage {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

export interface Logged {
  readonly atMs: number;
  readonly action: ClientAction;
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const nothing = new Uint8Array(0);

/** `message` with what it does not say left empty. */
export function bytesOf(message: Partial<CoapMessage>): Uint8Array {
  const blank = { type: 'CON', code: 0, messageId: 0x7777, token: nothing, options: [], payload: nothing } as const;
  return encodeMessage({ ...blank, ...message });
}

export class WiredBoard {
  readonly world: VirtualWorld;
  readonly client: Client;
  readonly board: Board = newBoard();
  readonly sent: Sent[] = [];
  readonly log: Logged[] = [];
  serial = '';
  /** What becomes of a connection that is asked for. */
  network: 'there' | 'silent' | LinkError = 'there';
  /** Where sent bytes go; nowhere unless told. */
  toService: (bytes: Uint8Array) => void = () => {};
  #life = 0;
  #connection = 0;

  constructor(options: Partial<ClientOptions> = {}, world = new VirtualWorld()) {
    this.world = world;
    this.client = newClient({ endpoint: 'ep1', domain: 'dom', transport: 'tls', random: () => 0, ...options });
  }

  /** Power, network, first connection: it registers at once. The first tick comes after `tickAfter` ms. */
  powerUp(tickAfter = 15_000): this {
    this.#life += 1;
    this.#board({ kind: 'power-up', joinAfter: 0, tickAfter });
    this.#board({ kind: 'join' });
    return this;
  }

  powerOff(): void {
    this.#life += 1;
    this.#board({ kind: 'power-off' });
    this.step({ kind: 'stop' });
  }

  /** The button, and the main loop handling it at once. */
  press(times = 1): void {
    for (let press = 0; press < times; press++) {
      this.#board({ kind: 'edge' });
      this.#board({ kind: 'loop' });
    }
  }

  give(message: Partial<CoapMessage> | Uint8Array): readonly ClientAction[] {
    return this.step({ kind: 'message', bytes: message instanceof Uint8Array ? message : bytesOf(message) });
  }

  close(error: LinkError = 'network'): void {
    this.step({ kind: 'closed', error });
  }

  step(event: ClientEvent): readonly ClientAction[] {
    const actions = step(this.client, event);
    for (const action of actions) this.#carryOut(action);
    return actions;
  }

  /** Actions of a kind, in order. */
  did<Kind extends ClientAction['do']>(kind: Kind): Extract<ClientAction, { do: Kind }>[] {
    type Wanted = Extract<ClientAction, { do: Kind }>;
    return this.log.map(({ action }) => action).filter((action): action is Wanted => action.do === kind);
  }

  /** When actions of a kind were asked for. */
  timesOf(kind: ClientAction['do']): number[] {
    return this.log.filter(({ action }) => action.do === kind).map(({ atMs }) => atMs);
  }

  get last(): Sent {
    return this.sent.at(-1)!;
  }

  /** What was sent since the last time this was asked. */
  takeSent(): Sent[] {
    return this.sent.splice(0);
  }

  #board(event: BoardEvent): void {
    const { registered } = this.board;
    for (const action of react(this.board, event)) this.#follow(action, registered);
  }

  #follow(action: Action, registered: boolean): void {
    const life = this.#life;
    if (action.do === 'wake') {
      if (action.wake !== 'tick') return;
      this.world.after(action.after / this.client.options.speed, () => {
        if (life === this.#life && this.board.powered) this.#board({ kind: action.wake });
      });
    } else if (action.do === 'register') this.step({ kind: 'start' });
    else if (action.do === 'update') this.step({ kind: 'update' });
    else if (action.do === 'notify') this.step({ kind: 'changed', path: action.path, value: action.value });
    else if (action.do === 'ignore' && !registered) this.step({ kind: 'ignored-press' });
  }

  #carryOut(action: ClientAction): void {
    this.log.push({ atMs: this.world.now(), action });
    if (action.do === 'send') {
      const message = decodeMessage(action.bytes, { tokenInEmptyAck: true });
      this.sent.push({ ...message, atMs: this.world.now(), bytes: action.bytes });
      this.toService(action.bytes);
    } else if (action.do === 'connect') this.#connect();
    else if (action.do === 'wake') {
      const { wake, id, after } = action;
      this.world.after(after, () => this.step({ kind: 'wake', wake, id }));
    } else if (action.do === 'serial') this.serial += action.text;
    else if (action.do === 'registered') this.#board({ kind: 'registered' });
    else if (action.do === 'crashed') this.board.powered = false;
  }

  #connect(): void {
    const connection = ++this.#connection;
    if (this.network === 'silent') return;
    const event: ClientEvent =
      this.network === 'there' ? { kind: 'connected' } : { kind: 'closed', error: this.network };
    this.world.after(0, () => connection === this.#connection && this.step(event));
  }
}
