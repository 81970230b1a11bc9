/**
 * The ledger of what was really pressed, as JSON Lines:
 *
 *   {"ledger":1,"seed":"7","dialect":"connector","boards":10,"prefix":"board-","start":"…Z","before":[…]|null}
 *   with "via" where boards sent otherwise than to a webhook
 *   {"ep":"board-0001","at":1764000000000,"boot":1763999999999,"value":1,"hour":"2025-11-24 16:00:00"}    one a press,
 *   {"ep":"board-0002","at":…,"boot":…,"value":65530,"n":65530,"hour":"…"}                      or `n` told as one,
 *   {"ep":"board-0003","at":…,"boot":…,"value":4,"died":true}                    or told by nothing, and never to be
 *   with "maybe":true: on its way when its boot ended, and nobody acknowledged it: it may have been counted
 *   {"totals":{"pressed":3,"ignored":0,"died":1,"dropped":0,"undelivered":0,"hours":[{"endpoint","hour","count"}…]}}
 *
 * `at` and `boot` are milliseconds since 1970; `value` is the counter afterwards; `hour` is that of the first event that
 * carried the press. Types only: writer.ts writes, read.ts reads.
 */
import type { Dialect } from '../../cloud/protocol/notification/message.ts';
import type { NamedBoards } from '../scenario/scenario.ts';
import type { Via } from '../vias.ts';
import type { HourCount } from './tally.ts';

export interface LedgerHeader {
  readonly seed: string;
  readonly dialect: Dialect;
  readonly boards: number;
  /** What endpoint names begin with. */
  readonly prefix: string;
  /** Boards in their order, by what their names begin with, where not all begin the same. */
  readonly names?: readonly NamedBoards[];
  /** ISO 8601, UTC. */
  readonly start: string;
  /**
   * How boards sent, so that totals decide and not hours: a broker's messages overtake each other, and what an LwM2M server
   * received is stamped by its clock. Absent: to a webhook.
   */
  readonly via?: Exclude<Via, 'webhook'>;
  /** What the store held when the run began; null: not known. */
  readonly before: readonly HourCount[] | null;
}

interface PressCommon {
  readonly ep: string;
  readonly at: number;
  readonly boot: number;
  readonly value: number;
  /** Presses; 1 if absent. */
  readonly n?: number;
}

export interface CarriedLine extends PressCommon {
  readonly hour: string;
}

export interface DiedLine extends PressCommon {
  readonly died: true;
  /** It was on its way, and may have been counted. */
  readonly maybe?: true;
}

export interface LedgerTotals {
  /** Presses that boards counted and that had a chance to be told. */
  readonly pressed: number;
  /** Edges that no board counted. */
  readonly ignored: number;
  /** Presses whose board rebooted before anything told them. */
  readonly died: number;
  /** Events thrown away by a full queue. */
  readonly dropped: number;
  /** Events that were never acknowledged. */
  readonly undelivered: number;
}
