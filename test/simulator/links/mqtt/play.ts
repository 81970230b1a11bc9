/** A run against a broker, and what arrived behind it. */
import { parseFaults } from '../../../../simulator/faults.ts';
import { type Comparison, compareLedger } from '../../../../simulator/ledger/compare.ts';
import type { HourCount } from '../../../../simulator/ledger/tally.ts';
import { createTally } from '../../../../simulator/ledger/writer.ts';
import type { FleetDeps, FleetOptions, FleetSummary } from '../../../../simulator/options.ts';
import { runFleet } from '../../../../simulator/run.ts';
import { sleepClock } from '../../clocks.ts';
import { countArrived } from './counted.ts';
import { type Arrived, subscribe } from './subscriber.ts';

/** A run that hangs is abandoned then, so that its test fails and ends what it started. */
const LONGEST_MS = 90_000;

/** Ten seconds before the end of an hour. */
export const START = Date.UTC(2026, 0, 5, 10, 59, 50);
/** When everything is taken to have arrived: no event is far ahead of it. */
export const RECEIVED_AT = START + 3_600_000;
export const ALL_FAULTS = parseFaults('redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3,reboot=0.02,wrap=0.2');

/** Twelve seconds, over the end of an hour. */
export const PLAN = {
  via: 'mqtt',
  boards: 8,
  schedule: { kind: 'poisson', rate: 20 },
  durationMs: 12_000,
  seed: 7,
  dialect: 'connector',
  faults: {},
  startMs: START,
} as const satisfies Partial<FleetOptions>;

export interface Played {
  readonly summary: FleetSummary;
  readonly arrived: readonly Arrived[];
  readonly expected: readonly HourCount[];
  /** Ledger against what was counted, in this order of arrival or in the one that came. */
  compare(arrived?: readonly Arrived[]): Comparison;
}

export async function play(
  port: number,
  options: Partial<FleetOptions> = {},
  deps: Partial<FleetDeps> = {},
): Promise<Played> {
  const url = `mqtt://127.0.0.1:${port}`;
  await using subscriber = await subscribe(url, options.mqtt?.qos ?? 1);
  const ledger = createTally();
  const summary = await runFleet(
    { ...PLAN, url, ledger, ...options },
    {
      ...sleepClock(START),
      abandon: AbortSignal.timeout(LONGEST_MS),
      ...deps,
    },
  );
  await subscriber.all();
  const arrived = [...subscriber.arrived];
  const expected = ledger.counts();
  return { summary, arrived, expected, compare: (order = arrived) => compareWith(expected, order, options.dialect) };
}

export function compareWith(
  expected: readonly HourCount[],
  arrived: readonly Arrived[],
  dialect: FleetOptions['dialect'] = 'connector',
): Comparison {
  const counted = countArrived(arrived, RECEIVED_AT);
  return compareLedger({ expected, before: [], counted, hoursKnown: dialect === 'connector' });
}

/** The same, whatever the hours. */
export function compareTotals(expected: readonly HourCount[], arrived: readonly Arrived[]): Comparison {
  return compareWith(expected, arrived, 'mdc');
}

/** Messages that tell something, without what a broker publishes for a board whose connection was lost. */
export function withoutWills(arrived: readonly Arrived[]): Arrived[] {
  return arrived.filter(({ body }) => !isWill(body));
}

export function isWill(body: string): boolean {
  return body.startsWith('{"registrations-expired"');
}
