/** What a simulated fleet is asked to do, what it needs, and what it tells. */
import { UsageError } from '../cloud/protocol/errors.ts';
import type { Dialect } from '../cloud/protocol/notification/message.ts';
import type { Faults } from './faults.ts';
import type { LedgerWriter } from './ledger/writer.ts';
import type { MqttOptions } from './links/mqtt/options.ts';
import type { Lwm2mOptions, Lwm2mSummary } from './lwm2m/options.ts';
import type { Schedule } from './schedule/schedule.ts';
import type { Via } from './vias.ts';

/** For one request, unless told: as Pelion had it. */
export const TIMEOUT_MS = 20_000;

export interface FleetOptions {
  readonly boards: number;
  readonly schedule: Schedule;
  /** The run ends after so many milliseconds, or so many presses of the schedule, or when it is stopped. */
  readonly durationMs?: number;
  readonly presses?: number;
  /** The same seed makes the same presses and faults. */
  readonly seed: number | string;
  readonly dialect: Dialect;
  readonly faults: Faults;
  /** `webhook` if it is left out. */
  readonly via?: Via;
  /** The webhook; the broker, like mqtt://127.0.0.1:1883 or mqtts://host; or the LwM2M server, like coap://127.0.0.1:5683. */
  readonly url: string;
  /** Sent with every request to a webhook; never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How boards speak to a broker; nothing is asked for if it is left out. */
  readonly mqtt?: MqttOptions;
  /** How boards speak LwM2M. */
  readonly lwm2m?: Lwm2mOptions;
  /** Only the boards of one of so many equal parts, from 0, and just what the whole run gives them. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly ledger?: LedgerWriter;
  /** What endpoint names begin with: `board-` if it is left out. */
  readonly namePrefix?: string;
  /** The run's beginning as its events tell it, milliseconds since 1970: now, if it is left out. */
  readonly startMs?: number;
  /** How long the end of a run waits without anything being acknowledged: 5 minutes. */
  readonly drainMs?: number;
  /** For one request: 20 s. Of a broker, for its answer to a connection and to a message. */
  readonly timeoutMs?: number;
}

export interface FleetDeps {
  /** Milliseconds since 1970; must not go back. */
  readonly now: () => number;
  /** Settles after so many milliseconds, or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Stop pressing, deliver what was said, finish. */
  readonly signal?: AbortSignal;
  /** Do not even deliver. */
  readonly abandon?: AbortSignal;
  /** Asked at the end of a run whose boards speak LwM2M, while they still answer: resolves when whoever reads them is through. */
  readonly settled?: () => Promise<void>;
  /** About once a second, but not while an answer is awaited. */
  readonly onProgress?: (progress: FleetProgress) => void;
}

export interface FleetProgress {
  readonly elapsedMs: number;
  readonly pressed: number;
  /** Events waiting to be sent. */
  readonly queued: number;
  readonly dropped: number;
  readonly batches: number;
  readonly requests: number;
  /** Boards that registered, of those that speak LwM2M. */
  readonly ready?: number;
}

export interface FleetSummary {
  readonly boards: number;
  /** Presses that boards counted, those before the run (wrap) included; the same for the same seed. */
  readonly pressed: number;
  /** Edges that no board counted. */
  readonly ignored: number;
  /** Presses that nothing told before their board rebooted; not in `pressed`. */
  readonly died: number;
  /** Events a full queue threw away. */
  readonly dropped: number;
  /** Events never acknowledged. */
  readonly undelivered: number;
  /** Acknowledged messages: to a webhook one a batch, to a broker one a board and batch or more. */
  readonly batches: number;
  /** PUTs, the check before the run included, or PUBLISHes; the faults' copies included. */
  readonly requests: number;
  readonly seed: number | string;
  /** From the moment a press was due to the first acknowledgement of what carried it; 0 without presses. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Of boards that speak LwM2M. */
  readonly lwm2m?: Lwm2mSummary;
}

/** One process stands for no more. */
export const MOST_BOARDS = 100_000;

/** UsageError for numbers no run could have. */
export function checkOptions({ boards, durationMs = 0, presses = 0 }: FleetOptions): void {
  if (!Number.isInteger(boards) || boards < 1 || boards > MOST_BOARDS) {
    throw new UsageError(`${boards} boards make no fleet`, `Give a whole number from 1 to ${MOST_BOARDS}.`);
  }
  if (!(durationMs >= 0)) throw new UsageError(`${durationMs} ms is no duration`, 'Give one like 30s.');
  if (!Number.isInteger(presses) || presses < 0) {
    throw new UsageError(`${presses} is no number of presses`, 'Give a whole number.');
  }
}
