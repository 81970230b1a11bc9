/**
 * Reads a scenario file, JSON or YAML.
 *
 *   text ─ parse ─► value ─ check.ts (schema) ─► ScenarioFile ─► Scenario
 *
 * An example:
 *
 *   boards: 20
 *   via: lwm2m+udp
 *   phases:
 *     - { name: quiet, duration: 30s, rate: 1 }
 *     - { name: storm, duration: 10s, schedule: "poisson:50", faults: { loss: 0.2, reboot: 0.01 } }
 */
import { parseDocument } from 'yaml';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { MOST_BOARDS } from '../options.ts';
import { parseSchedule } from '../schedule/parse.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { checkScenario, shown } from './check.ts';
import type { Phase, Scenario, Span } from './scenario.ts';
import type { PhaseFile, ScenarioFile } from './schema.ts';

const MOST_CHARACTERS = 1_000_000;
const BOARDS = 3;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOST_MS = 3_650 * 86_400_000;

/** UsageError, naming the path of what is wrong, for anything that is no scenario. */
export function readScenario(text: string, fileName: string): Scenario {
  const file = checkScenario(parse(text, fileName), fileName);
  const boards = boardsOf(file, fileName);
  const spans = spansOf(file, fileName);
  const phases = file.phases.map((phase, index) => phaseOf(phase, index, { spans, boards, fileName }));
  const { seed, via, speed, groups = [{ boards }] } = file;
  return {
    ...(seed !== undefined && { seed }),
    ...(via !== undefined && { via }),
    ...(speed !== undefined && { speed }),
    boards,
    names: groups.map((group) => ({ boards: group.boards, ...('prefix' in group && { prefix: group.prefix }) })),
    phases,
  };
}

function parse(text: string, fileName: string): unknown {
  if (text.length > MOST_CHARACTERS) {
    throw new UsageError(`${fileName} is too long for a scenario`, `Give no more than ${MOST_CHARACTERS} characters.`);
  }
  let why: string;
  try {
    if (/\.json$/i.test(fileName)) return JSON.parse(text);
    const document = parseDocument(text, { schema: 'core', merge: false, uniqueKeys: true });
    const trouble = document.errors[0] ?? document.warnings[0];
    if (trouble === undefined) return document.toJS({ maxAliasCount: 100 });
    why = trouble.message;
  } catch (error) {
    // Nested too deep, aliases without end, or no JSON.
    why = error instanceof Error ? error.message : String(error);
  }
  throw new UsageError(`${fileName} is no YAML or JSON: ${why.split('\n')[0]}`, 'Mend it there.');
}

function boardsOf({ boards, groups }: ScenarioFile, fileName: string): number {
  const sum = groups?.reduce((total, group) => total + group.boards, 0);
  if (sum !== undefined && sum > MOST_BOARDS) {
    throw new UsageError(`${fileName}: groups have ${sum} boards together`, `Give no more than ${MOST_BOARDS}.`);
  }
  if (sum !== undefined && boards !== undefined && boards !== sum) {
    throw new UsageError(`${fileName}: boards is ${boards}, but groups have ${sum}`, 'Leave boards out.');
  }
  return sum ?? boards ?? BOARDS;
}

/** The boards of each group, by its name. */
function spansOf({ groups = [] }: ScenarioFile, fileName: string): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  let first = 0;
  for (const [index, { name, boards }] of groups.entries()) {
    if (spans.has(name)) {
      throw new UsageError(`${fileName}: groups[${index}].name is ${shown(name)} again`, 'Name each group otherwise.');
    }
    spans.set(name, { first, boards });
    first += boards;
  }
  return spans;
}

interface Around {
  readonly spans: ReadonlyMap<string, Span>;
  readonly boards: number;
  readonly fileName: string;
}

function phaseOf(file: PhaseFile, index: number, { spans, boards, fileName }: Around): Phase {
  const path = `${fileName}: phases[${index}]`;
  const { name = `phase ${index + 1}`, groups, faults = {} } = file;
  if (index > 0 && (faults.wrap ?? 0) > 0) {
    throw new UsageError(`${path}.faults.wrap is of the time before the run`, 'Give it in the first phase.');
  }
  const pressed = groups?.map((group, place) => {
    const span = spans.get(group);
    if (span !== undefined) return span;
    const known = [...spans.keys()].join(', ');
    const fix = known === '' ? 'Give groups at the top.' : `Give one of: ${known}.`;
    throw new UsageError(`${path}.groups[${place}] is ${shown(group)}, which is no group`, fix);
  });
  const schedule = scheduleOf(file, path);
  return {
    name,
    durationMs: durationOf(file.duration, path),
    ...(schedule !== undefined && { schedule }),
    pressed: pressed ?? [{ first: 0, boards }],
    faults,
  };
}

function scheduleOf({ rate = 0, schedule }: PhaseFile, path: string): Schedule | undefined {
  if (schedule === undefined) return rate === 0 ? undefined : { kind: 'steady', rate };
  try {
    return parseSchedule(schedule);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${path}.schedule: ${error.message}`, error.fix ?? '', { cause: error });
  }
}

function durationOf(text: string, path: string): number {
  const [, digits = '', unit = ''] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (UNIT_MS[unit] ?? Number.NaN));
  if (ms >= 1 && ms <= MOST_MS) return ms;
  throw new UsageError(`${path}.duration is ${shown(text)}`, 'Give more than nothing, and 10 years at most.');
}
