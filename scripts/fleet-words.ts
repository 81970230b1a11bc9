/** The options that say what a fleet of simulated boards does, shared by `up` and `simulate`. */
import type { InferredOptionTypes } from 'yargs';
import { UsageError } from '../cloud/protocol/errors.ts';
import { DIALECTS } from '../cloud/protocol/notification/message.ts';
import { FAULTS } from '../simulator/faults.ts';
import { type FleetOptions, MOST_BOARDS } from '../simulator/options.ts';
import { VIAS, type Via } from '../simulator/vias.ts';
import { choice, duration, positiveNumber, wholeNumber } from './words.ts';

const MOST_RATE = 100_000;

export const fleetOptions = {
  boards: { type: 'string', default: '3', describe: 'How many boards' },
  rate: { type: 'string', describe: 'Presses a second of the whole fleet, evenly spaced', conflicts: 'schedule' },
  schedule: {
    type: 'string',
    describe:
      'steady:RATE, poisson:RATE (a second), office:N or office:N@HOUR (a day, beginning at 8 or HOUR), burst:N/PERIOD',
  },
  duration: { type: 'string', describe: 'How long, like 20s or 5m; without it until Ctrl-C' },
  seed: { type: 'string', describe: 'Repeats a run: the same presses and faults' },
  via: { type: 'string', default: 'webhook', describe: `How boards send: ${VIAS.join(', ')}` },
  dialect: {
    type: 'string',
    default: 'connector',
    describe: 'connector (uid, timestamp, boot), pelion (without them), mdc (as in 2016)',
  },
  faults: {
    type: 'string',
    default: '',
    describe: `NAME=PROBABILITY,… of ${FAULTS.join(', ')}; which of them depends on --via`,
  },
} as const;

type FleetWords = Partial<InferredOptionTypes<typeof fleetOptions>>;

export type FleetPlan = Pick<FleetOptions, 'boards' | 'schedule' | 'durationMs' | 'seed' | 'dialect' | 'faults'> & {
  readonly seed: number;
  readonly via: Via;
};

/**
 * What the words ask for. `defaultRate`: presses a second where neither rate nor schedule is given. `vias`: the links
 * that the verb has another side for.
 */
export async function fleetPlan(
  words: FleetWords,
  now: number,
  defaultRate?: number,
  vias: readonly Via[] = ['webhook'],
): Promise<FleetPlan> {
  const { parseSchedule } = await import('../simulator/schedule/parse.ts');
  const { parseFaults } = await import('../simulator/faults.ts');
  const via = choice('--via', words.via ?? '', VIAS);
  if (!vias.includes(via)) {
    throw new UsageError(`--via ${via} is not for this platform`, `Give one of: ${vias.join(', ')}.`);
  }
  const rate = words.rate === undefined ? defaultRate : positiveNumber('--rate', words.rate, MOST_RATE);
  if (words.schedule === undefined && rate === undefined) {
    throw new UsageError('nothing says how often the boards are pressed', 'Give --rate 2 or --schedule poisson:2.');
  }
  return {
    boards: wholeNumber('--boards', words.boards ?? '', 1, MOST_BOARDS),
    schedule: words.schedule === undefined ? { kind: 'steady', rate: rate ?? 1 } : parseSchedule(words.schedule),
    ...(words.duration === undefined ? {} : { durationMs: duration('--duration', words.duration) }),
    seed:
      words.seed === undefined ? now % 1_000_000_007 : wholeNumber('--seed', words.seed, 0, Number.MAX_SAFE_INTEGER),
    dialect: choice('--dialect', words.dialect ?? '', DIALECTS),
    faults: parseFaults(words.faults ?? ''),
    via,
  };
}
