/**
 * Faults to play: how likely each is, from words like `redeliver=0.2,reboot=0.01`.
 *
 *   of each delivery to a webhook, by whoever delivers
 * - `redeliver`   an acknowledged batch is sent again, at once, before the next
 * - `concurrent`  two copies of a batch are under way at once; both must be acknowledged
 * - `lost-answer` the client cuts the connection when the answer arrives: the batch is retried
 *   of each press
 * - `coalesce`    a press makes no notification of its own: the next one of the same boot carries it
 * - `reboot`      after a press the board loses its power
 * - `disconnect`  after a press the board's connection is cut
 * - `silence`     after a press nothing comes or goes for a while, and the connection stays
 *   of each board
 * - `wrap`        the board was pressed 65,530 times before the run, in the same boot
 *   of each datagram, both ways: lwm2m/faulty.ts
 * - `loss`, `duplicate`, `reorder`, `delay`, `jitter`
 */
import { UsageError } from '../cloud/protocol/errors.ts';
import type { Random } from '../cloud/protocol/random.ts';
import { VIAS, type Via } from './vias.ts';

const DELIVERY_FAULTS = ['redeliver', 'concurrent', 'lost-answer'] as const;
const BOARD_FAULTS = ['coalesce', 'reboot', 'wrap'] as const;
const LINE_FAULTS = ['disconnect', 'silence'] as const;
const DATAGRAM_FAULTS = ['loss', 'duplicate', 'reorder', 'delay', 'jitter'] as const;

export const FAULTS = [...DELIVERY_FAULTS, ...BOARD_FAULTS, ...LINE_FAULTS, ...DATAGRAM_FAULTS] as const;
export type Fault = (typeof FAULTS)[number];

/** What each way can have; those of a delivery, over LwM2M, are whose who delivers. */
const FAULTS_OF: Readonly<Record<Via, readonly Fault[]>> = {
  webhook: [...DELIVERY_FAULTS, ...BOARD_FAULTS],
  mqtt: [...DELIVERY_FAULTS, ...BOARD_FAULTS],
  'lwm2m+udp': [...BOARD_FAULTS, 'silence', ...DATAGRAM_FAULTS],
  'lwm2m+tls': [...BOARD_FAULTS, ...LINE_FAULTS],
  'lwm2m+tcp': [...BOARD_FAULTS, ...LINE_FAULTS],
};

/** Probability of each, 0 to 1; absent is 0. */
export type Faults = Readonly<Partial<Record<Fault, number>>>;

/** What happens to one batch. */
export interface BatchFaults {
  readonly redeliver: boolean;
  readonly concurrent: boolean;
  readonly lostAnswer: boolean;
}

/** Reads faults; the empty text is none. UsageError for an unknown name, a name given twice, or no probability. */
export function parseFaults(text: string): Faults {
  const faults: Partial<Record<Fault, number>> = {};
  for (const item of text.trim() === '' ? [] : text.split(',')) {
    const [, name = item.trim(), digits = ''] = /^\s*([^=]*?)\s*=(.*)$/s.exec(item) ?? [];
    const fault = knownFault(name);
    if (faults[fault] !== undefined) throw new UsageError(`fault '${fault}' is given twice`, 'Give each fault once.');
    faults[fault] = parseProbability(fault, digits.trim());
  }
  return faults;
}

/** UsageError for a fault that boards cannot have this way; `deliversToo`: whoever asks plays those of the delivery. */
export function refuseFaults(via: Via, faults: Faults, deliversToo = false): void {
  const can: readonly Fault[] = deliversToo ? [...FAULTS_OF[via], ...DELIVERY_FAULTS] : FAULTS_OF[via];
  const refused = FAULTS.find((fault) => (faults[fault] ?? 0) > 0 && !can.includes(fault));
  if (refused === undefined) return;
  const ways = VIAS.filter((way) => FAULTS_OF[way].includes(refused));
  throw new UsageError(
    `--via ${via} cannot have the fault '${refused}'`,
    `Leave it out, or take --via ${ways.join(' or ')}.`,
  );
}

/** Whether any fault of the delivery (not of the boards) is asked for. */
export function hasBatchFaults(faults: Faults): boolean {
  return [faults.redeliver, faults.concurrent, faults['lost-answer']].some((probability) => (probability ?? 0) > 0);
}

/** Decides for the batch that begins with event `sequence`: from that number alone, whatever the clock did. */
export function batchFaults(faults: Faults, random: Random, sequence: number): BatchFaults {
  if (!hasBatchFaults(faults)) return { redeliver: false, concurrent: false, lostAnswer: false };
  const own = random.fork(`batch/${sequence}`);
  return {
    redeliver: own.chance(faults.redeliver ?? 0),
    concurrent: own.chance(faults.concurrent ?? 0),
    lostAnswer: own.chance(faults['lost-answer'] ?? 0),
  };
}

function knownFault(name: string): Fault {
  const known = FAULTS.find((fault) => fault === name);
  if (known !== undefined) return known;
  const near = FAULTS.find((fault) => looksLike(fault, name.toLowerCase()));
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UsageError(`'${name}' is no fault.${hint}`, `Write NAME=PROBABILITY; faults are ${FAULTS.join(', ')}.`);
}

/** One is the start of the other, or their letters without hyphens are the same but for two. */
function looksLike(fault: string, name: string): boolean {
  const [known, given] = [fault.replaceAll('-', ''), name.replaceAll(/[-_ ]/g, '')];
  if (given.length < 3) return false;
  if (known.startsWith(given) || given.startsWith(known)) return true;
  const left = [...known];
  for (const letter of given) {
    const at = left.indexOf(letter);
    if (at >= 0) left.splice(at, 1);
  }
  return left.length <= 1 && Math.abs(known.length - given.length) <= 1;
}

function parseProbability(fault: Fault, digits: string): number {
  const value = /^(\d{1,3}(\.\d{0,18})?|\.\d{1,18})$/.test(digits) ? Number(digits) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`'${digits}' is no probability for '${fault}'`, `Write it like ${fault}=0.2, from 0 to 1.`);
}
