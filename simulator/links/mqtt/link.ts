/**
 * The link `mqtt`: each board has a connection of its own to a broker, under its own name, and publishes what it says.
 *
 *   batch ─► messages by board ─► boards at once, each one's in order ─► acknowledged, or again after 1, 2, 4 ... 120 s
 *
 * QoS 0 is acknowledged by nobody: what was written when a connection breaks can be lost. Faults are drawn for each
 * message, as for a webhook, where a batch is one. The topic is `mbed/{endpoint}/notifications`. A connection takes about
 * 50 KB of memory, over TLS 100 KB, and a port: to one address of a broker there are some 28,000 of those on Linux.
 */
import type { Dialect } from '../../../cloud/protocol/notification/message.ts';
import { endpointName } from '../../fleet/names.ts';
import type { Delivery, Link } from '../link.ts';
import type { LinkDeps } from '../open.ts';
import { retryWaitMs } from '../retry.ts';
import { type Address, parseAddress } from './address.ts';
import { BoardLine } from './board-line.ts';
import { Connection, type Failure, type Sent } from './connection.ts';
import { Gate } from './gate.ts';
import { type BoardMessage, boardMessages, lastWill } from './message.ts';
import type { MqttOptions } from './options.ts';
import { refusalOf } from './refusal.ts';
import { AWS_CONNECTS_A_SECOND, checkName, checkOptions, MOST_MESSAGE, topicOf } from './rules.ts';
import { type OpenSocket, socketOpener } from './socket.ts';

export interface MqttLinkOptions extends MqttOptions {
  readonly url: string;
  readonly boards: number;
  readonly namePrefix: string;
  readonly dialect: Dialect;
  /** Milliseconds for each answer of the broker. */
  readonly timeoutMs: number;
}

/** Connections that wait for the broker's answer at once. */
const CONNECTING_AT_ONCE = 100;

/** UsageError for an address, names or options that do not go together. */
export function mqttLink(options: MqttLinkOptions, deps: LinkDeps): Link {
  const address = parseAddress(options.url);
  checkOptions(options, address);
  // The last board's name is the longest, and differs from the others by its digits.
  checkName(endpointName(options.boards - 1, options.boards, options.namePrefix), address);
  return new MqttLink(options, deps, address);
}

/** A board's messages that are not acknowledged yet. */
interface Waiting {
  readonly line: BoardLine;
  readonly messages: BoardMessage[];
  /** The first of them was sent before. */
  tried: boolean;
}

class MqttLink implements Link {
  readonly #options: MqttLinkOptions;
  readonly #deps: LinkDeps;
  readonly #address: Address;
  readonly #socket: OpenSocket;
  readonly #gate: Gate;
  readonly #lines = new Map<number, BoardLine>();
  readonly #connections = new Set<Connection>();
  #onPublish: (copies: number) => void = () => undefined;

  constructor(options: MqttLinkOptions, deps: LinkDeps, address: Address) {
    [this.#options, this.#deps, this.#address] = [options, deps, address];
    this.#socket = socketOpener(address, options);
    const perSecond = address.aws ? AWS_CONNECTS_A_SECOND : Number.POSITIVE_INFINITY;
    this.#gate = new Gate({ atOnce: CONNECTING_AT_ONCE, perSecond, now: deps.now, sleep: (ms) => this.#sleep(ms) });
    deps.abandon.addEventListener('abort', this.#cutAll);
  }

  /** Connects as the first board, and publishes nothing. */
  async open(): Promise<number> {
    const opened = await this.#connect(0, { will: false });
    if ('kind' in opened) throw refusalOf(opened, this.#address, this.#name(0));
    await opened.end();
    return 0;
  }

  async deliver(batch: Parameters<Link['deliver']>[0], delivery: Delivery): Promise<boolean> {
    this.#onPublish = delivery.onRequests;
    let waiting = [...boardMessages(batch, delivery.encode, MOST_MESSAGE)].map(
      ([board, messages]): Waiting => ({ line: this.#line(board), messages, tried: false }),
    );
    for (let attempt = 0; ; attempt++) {
      const before = count(waiting);
      const failures = (await Promise.all(waiting.map((one) => sendAll(one, delivery)))).flat();
      waiting = waiting.filter(({ messages }) => messages.length > 0);
      if (waiting.length === 0) return true;
      // Whoever gets on is not made to wait longer and longer.
      if (count(waiting) < before) attempt = 0;
      const timedOut = failures.some(({ kind }) => kind === 'timeout');
      if (!(await delivery.pause(retryWaitMs(attempt), { timedOut }))) return false;
    }
  }

  async close(): Promise<void> {
    if (this.#deps.abandon.aborted) this.#cutAll();
    await Promise.all([...this.#connections].map((connection) => connection.end()));
    this.#deps.abandon.removeEventListener('abort', this.#cutAll);
  }

  readonly #cutAll = (): void => {
    for (const connection of this.#connections) connection.cut();
  };

  #name(board: number): string {
    return endpointName(board, this.#options.boards, this.#options.namePrefix);
  }

  #line(board: number): BoardLine {
    const known = this.#lines.get(board);
    if (known !== undefined) return known;
    const line = new BoardLine({
      connect: () => this.#connect(board, { will: true }),
      now: this.#deps.now,
      sleep: (ms) => this.#sleep(ms),
      onPublish: (copies) => this.#onPublish(copies),
    });
    this.#lines.set(board, line);
    return line;
  }

  #connect(board: number, { will }: { readonly will: boolean }): Promise<Connection | Failure> {
    const { qos = 1, login, timeoutMs, dialect } = this.#options;
    const endpoint = this.#name(board);
    return this.#gate.through(async () => {
      const socket = await this.#socket(endpoint);
      if (this.#deps.abandon.aborted) return { kind: 'closed' };
      const connection = new Connection({
        clientId: endpoint,
        topic: topicOf(endpoint),
        qos,
        timeoutMs,
        socket,
        ...(will ? { will: lastWill(endpoint, dialect) } : {}),
        ...(login === undefined ? {} : { login }),
      });
      this.#connections.add(connection);
      void connection.closed.then(() => this.#connections.delete(connection));
      return (await connection.accepted) ?? connection;
    });
  }

  async #sleep(ms: number): Promise<void> {
    const { sleep, abandon } = this.#deps;
    try {
      await sleep(ms, abandon);
    } catch (error) {
      // Sleeps of node:timers/promises reject when they are cut short.
      if (!abandon.aborted) throw error;
    }
  }
}

/** A board's messages in order, up to the first that fails; why it failed, if one did. */
async function sendAll(one: Waiting, { faultsOf, onAcknowledged }: Delivery): Promise<readonly Sent[]> {
  for (let message = one.messages[0]; message !== undefined; message = one.messages[0]) {
    const { redeliver, concurrent, lostAnswer } = faultsOf(message.events[0]!.sequence);
    const first = !one.tried;
    one.tried = true;
    const sent = await one.line.send(message, { copies: first && concurrent ? 2 : 1, cut: first && lostAnswer });
    // The broker is there: a board that was cut off connects and publishes again at once, and no other waits for it.
    if (sent.some(({ kind }) => kind === 'cut')) continue;
    if (!sent.every(({ kind }) => kind === 'acknowledged')) return sent;
    one.messages.shift();
    one.tried = false;
    onAcknowledged(message.events);
    // Whatever comes of it: the message was acknowledged already.
    if (redeliver) await one.line.send(message, { copies: 1, cut: false });
  }
  return [];
}

function count(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { messages }) => sum + messages.length, 0);
}
