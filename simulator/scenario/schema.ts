/**
 * What a scenario file may hold, as a JSON Schema (draft 2020-12): what editors complete by, and what read.ts checks by.
 *
 * Kept as a constant because compiled sources are all that is shipped. What no schema can say (that groups exist, that sums
 * agree) is in read.ts.
 */
import { FAULTS } from '../faults.ts';
import { MOST_BOARDS } from '../options.ts';
import { VIAS } from '../vias.ts';

const MOST_RATE = 100_000;
const MOST_SPEED = 1_000;

const boards = { type: 'integer', minimum: 1, maximum: MOST_BOARDS } as const;
const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$' } as const;
const probability = { type: 'number', minimum: 0, maximum: 1 } as const;

export const SCENARIO_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A run of simulated boards, in phases',
  type: 'object',
  additionalProperties: false,
  required: ['phases'],
  properties: {
    seed: {
      description: 'Repeats a run: the same presses and faults.',
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
    },
    via: { description: 'How boards send.', enum: [...VIAS] },
    boards: { description: 'How many boards, where there are no groups; 3 unless told.', ...boards },
    speed: {
      description: 'The timers of boards that speak LwM2M are divided by it: 10 is a tick each 1.5 s.',
      type: 'number',
      exclusiveMinimum: 0,
      maximum: MOST_SPEED,
    },
    groups: {
      description: 'Boards that phases can name; together they are all boards.',
      type: 'array',
      minItems: 1,
      maxItems: 1_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'boards'],
        properties: {
          name,
          boards,
          prefix: {
            description: "What its boards' names begin with; the run's own unless told.",
            type: 'string',
            pattern: '^[\\x21-\\x25\\x27-\\x7e]{1,50}$',
          },
        },
      },
    },
    phases: {
      description: 'One after another.',
      type: 'array',
      minItems: 1,
      maxItems: 1_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['duration'],
        oneOf: [{ required: ['rate'] }, { required: ['schedule'] }],
        properties: {
          name,
          duration: {
            description: 'Like 250ms, 30s, 5m, 2h or 1.5d.',
            type: 'string',
            pattern: '^[0-9]{1,9}([.][0-9]{1,6})?(ms|s|m|h|d)$',
          },
          rate: {
            description: 'Presses a second of all its boards together, evenly spaced; 0: nobody presses.',
            type: 'number',
            minimum: 0,
            maximum: MOST_RATE,
          },
          schedule: { description: 'Like steady:2, poisson:2, office:4000@8 or burst:100/60s.', type: 'string' },
          groups: {
            description: 'Whose buttons are pressed: those of all boards unless told.',
            type: 'array',
            minItems: 1,
            maxItems: 1_000,
            uniqueItems: true,
            items: { type: 'string' },
          },
          faults: {
            description: 'How likely each is, while the phase lasts; which can be depends on `via`.',
            type: 'object',
            additionalProperties: false,
            properties: Object.fromEntries(FAULTS.map((fault) => [fault, probability])),
          },
        },
      },
    },
  },
} as const;

/** What a file holds that is as the schema says. */
export interface ScenarioFile {
  readonly seed?: number;
  readonly via?: (typeof VIAS)[number];
  readonly boards?: number;
  readonly speed?: number;
  readonly groups?: readonly { readonly name: string; readonly boards: number; readonly prefix?: string }[];
  readonly phases: readonly PhaseFile[];
}

export interface PhaseFile {
  readonly name?: string;
  readonly duration: string;
  readonly rate?: number;
  readonly schedule?: string;
  readonly groups?: readonly string[];
  readonly faults?: Readonly<Partial<Record<(typeof FAULTS)[number], number>>>;
}
