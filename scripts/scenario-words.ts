/** `--scenario FILE`: a run in phases, in place of the options that say what boards do. */
import { readFile } from 'node:fs/promises';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';
import { DIALECTS } from '../cloud/protocol/notification/message.ts';
import { NAME_PREFIX } from '../simulator/fleet/names.ts';
import type { Lwm2mOptions } from '../simulator/lwm2m/options.ts';
import { type Scenario, scenarioNames } from '../simulator/scenario/scenario.ts';
import { isLwm2m, VIAS, type Via } from '../simulator/vias.ts';
import type { FleetPlan } from './fleet-words.ts';
import { choice, wholeNumber } from './words.ts';

export const scenarioOptions = {
  scenario: {
    type: 'string',
    describe: 'File (YAML or JSON) of a run in phases: boards, schedules and faults',
    conflicts: ['rate', 'schedule', 'duration', 'presses', 'speed'],
  },
} as const;

/** Words that the file has the place of, and those that go before it. */
export interface ScenarioWords {
  readonly scenario: string;
  readonly seed?: string | undefined;
  readonly via?: string | undefined;
  readonly dialect?: string | undefined;
  /** Refused: the file says it. */
  readonly boards?: string | undefined;
  readonly faults?: string | undefined;
}

export type ScenarioPlan = FleetPlan & {
  /** All names begin with it; undefined: the run's own prefix, or several (lwm2m.names). */
  readonly namePrefix?: string;
  readonly lwm2m: Pick<Lwm2mOptions, 'speed' | 'phases' | 'names'>;
};

/**
 * What the file asks for, as parts of FleetOptions. `--seed` and `--via` go before what it says. UsageError for a file that
 * is no scenario, or that this way of sending cannot play; OutsideError FILE for one that cannot be read.
 */
export async function scenarioPlan(
  words: ScenarioWords,
  now: number,
  vias: readonly Via[] = VIAS,
): Promise<ScenarioPlan> {
  const { readScenario } = await import('../simulator/scenario/read.ts');
  const { refuseFaults } = await import('../simulator/faults.ts');
  for (const word of ['boards', 'faults'] as const) {
    if (words[word] !== undefined) throw new UsageError(`--${word} is said by --scenario`, 'Give one of the two.');
  }
  const scenario = readScenario(await textOf(words.scenario), words.scenario);
  const via = words.via === undefined ? (scenario.via ?? 'webhook') : choice('--via', words.via, VIAS);
  if (!vias.includes(via)) throw new UsageError(`--via ${via} is not for this`, `Give one of: ${vias.join(', ')}.`);
  const seed =
    words.seed === undefined
      ? (scenario.seed ?? now % 1_000_000_007)
      : wholeNumber('--seed', words.seed, 0, Number.MAX_SAFE_INTEGER);
  for (const { faults } of scenario.phases) refuseFaults(via, faults);
  const { boards, phases, names } = scenario;
  const common = { boards, seed, via, dialect: choice('--dialect', words.dialect ?? 'connector', DIALECTS) };
  const [first] = phases;
  const durationMs = phases.reduce((sum, phase) => sum + phase.durationMs, 0);
  if (!isLwm2m(via)) return { ...common, ...plainPlan(scenario, words.scenario, via), durationMs, lwm2m: {} };
  const { speed } = scenario;
  const prefixes = names.some(({ prefix }) => prefix !== undefined);
  return {
    ...{ ...common, durationMs, faults: first?.faults ?? {}, schedule: first?.schedule ?? { kind: 'steady', rate: 1 } },
    lwm2m: { phases, ...(speed !== undefined && { speed }), ...(prefixes && { names }) },
  };
}

/** What its boards are called, `prefix` being the run's own; as many as it has. */
export function scenarioEndpoints({ boards, namePrefix, lwm2m }: ScenarioPlan, prefix = NAME_PREFIX): string[] {
  const nameOf = scenarioNames(lwm2m.names ?? [{ boards }], namePrefix ?? prefix);
  return Array.from({ length: boards }, (_, board) => nameOf(board));
}

/** One phase of all boards: what the other ways can have. */
function plainPlan(
  { phases, names, boards, speed }: Scenario,
  file: string,
  via: Via,
): Pick<ScenarioPlan, 'schedule' | 'faults' | 'namePrefix'> {
  const refuse = (what: string): never => {
    throw new UsageError(`${file}: ${what} are for boards that speak LwM2M, not for ${via}`, 'Give --via lwm2m+udp.');
  };
  const [phase, second] = phases;
  const [prefix, ...others] = new Set(names.map((group) => group.prefix ?? NAME_PREFIX));
  if (phase === undefined || second !== undefined) return refuse('several phases');
  if (speed !== undefined) return refuse('timers to divide by a speed');
  if (phase.schedule === undefined) return refuse('phases without presses');
  if (phase.pressed.reduce((sum, span) => sum + span.boards, 0) < boards) return refuse('phases of some groups only');
  if (others.length > 0) return refuse('groups with a prefix each');
  const own = names.some((group) => group.prefix !== undefined);
  return { schedule: phase.schedule, faults: phase.faults, ...(own && prefix !== undefined && { namePrefix: prefix }) };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OutsideError('FILE', `${path} cannot be read: ${why}`, 'Give the file of a scenario.', { cause });
  }
}
