/** A scenario file is read as it says, or refused with the path of what is wrong in it. */
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { FAULTS } from '../../../simulator/faults.ts';
import { readScenario } from '../../../simulator/scenario/read.ts';
import type { Scenario } from '../../../simulator/scenario/scenario.ts';
import { SCENARIO_SCHEMA, type ScenarioFile } from '../../../simulator/scenario/schema.ts';
import { VIAS } from '../../../simulator/vias.ts';

const OFFICE: ScenarioFile = {
  seed: 7,
  via: 'lwm2m+udp',
  speed: 10,
  groups: [
    { name: 'hall', boards: 3 },
    { name: 'lab', boards: 2, prefix: 'lab-' },
  ],
  phases: [
    { name: 'quiet', duration: '1.5m', rate: 0 },
    { duration: '30s', schedule: 'poisson:5', groups: ['lab'], faults: { loss: 0.2, reboot: 0 } },
    { duration: '250ms', rate: 2.5, groups: ['lab', 'hall'] },
  ],
};

const READ: Scenario = {
  ...{ seed: 7, via: 'lwm2m+udp', speed: 10, boards: 5 },
  names: [{ boards: 3 }, { boards: 2, prefix: 'lab-' }],
  phases: [
    { name: 'quiet', durationMs: 90_000, pressed: [{ first: 0, boards: 5 }], faults: {} },
    {
      ...{ name: 'phase 2', durationMs: 30_000, schedule: { kind: 'poisson', rate: 5 } },
      ...{ pressed: [{ first: 3, boards: 2 }], faults: { loss: 0.2, reboot: 0 } },
    },
    {
      ...{ name: 'phase 3', durationMs: 250, schedule: { kind: 'steady', rate: 2.5 }, faults: {} },
      pressed: [
        { first: 3, boards: 2 },
        { first: 0, boards: 3 },
      ],
    },
  ],
};

describe('a scenario', () => {
  test.each([
    ['YAML', 'office.yaml', stringify(OFFICE)],
    ['JSON', 'office.json', JSON.stringify(OFFICE, null, '\t')],
    ['JSON by another name', 'office', JSON.stringify(OFFICE)],
  ])('is read from %s', (_, fileName, text) => {
    expect(readScenario(text, fileName)).toEqual(READ);
  });

  test('needs no more than a phase: three boards, as without a file', () => {
    expect(readScenario('phases: [{ duration: 10s, rate: 1 }]', 'f')).toMatchObject({
      boards: 3,
      names: [{ boards: 3 }],
    });
    expect(readScenario('{ boards: 20, phases: [{ duration: 10s, rate: 1 }] }', 'f')).toMatchObject({ boards: 20 });
  });

  test('may have any fault of any way', () => {
    const faults = Object.fromEntries(FAULTS.map((fault) => [fault, 0.5]));
    const text = JSON.stringify({ phases: [{ duration: '1s', rate: 1, faults }] });
    expect(readScenario(text, 'f.json').phases[0]?.faults).toEqual(faults);
  });
});

const phase = (more: string): string => `phases: [{ duration: 1s, rate: 1${more} }]`;

describe('refused, with its path', () => {
  test.each([
    ['f: phases is missing', 'boards: 3'],
    ['f: board is unknown', `board: 3\n${phase('')}`],
    ['f: phases[0].fault is unknown', phase(', fault: {}')],
    ['f: phases[0].faults.rebot is unknown', phase(', faults: { rebot: 0.1 }')],
    [
      'f: phases[1].durations is unknown',
      'phases: [{ duration: 1s, rate: 1 }, { duration: 1s, rate: 1, durations: 1s }]',
    ],
    ['f: phases[0].duration is missing', 'phases: [{ rate: 1 }]'],
    ['f: groups[0].colour is unknown', `groups: [{ name: a, boards: 1, colour: red }]\n${phase('')}`],
    ['f: boards is 0', `boards: 0\n${phase('')}`],
    ['f: boards is 2.5', `boards: 2.5\n${phase('')}`],
    ['f: boards is "3"', `boards: "3"\n${phase('')}`],
    ['f: seed is -1', `seed: -1\n${phase('')}`],
    ['f: speed is 0', `speed: 0\n${phase('')}`],
    ['f: via is pigeon', `via: pigeon\n${phase('')}`],
    ['f: phases is []', 'phases: []'],
    ['f: phases[0].duration is "10"', 'phases: [{ duration: "10", rate: 1 }]'],
    ['f: phases[0].duration is 10', 'phases: [{ duration: 10, rate: 1 }]'],
    ['f: phases[0].duration is "0s"', 'phases: [{ duration: 0s, rate: 1 }]'],
    ['f: phases[0].duration is "99999d"', 'phases: [{ duration: 99999d, rate: 1 }]'],
    ['f: phases[0].rate is -1', 'phases: [{ duration: 1s, rate: -1 }]'],
    ['f: phases[0].rate is null', 'phases: [{ duration: 1s, rate: .inf }]'],
    ['f: phases[0].faults.loss is 1.5', phase(', faults: { loss: 1.5 }')],
    ['f: phases[0] needs a rate or a schedule, and not both', phase(', schedule: "steady:1"')],
    ['f: phases[0] needs a rate or a schedule, and not both', 'phases: [{ duration: 1s }]'],
    ["f: phases[0].schedule: 'often' is no schedule", 'phases: [{ duration: 1s, schedule: often }]'],
    ['f: phases[0].groups[0] is lab, which is no group', phase(', groups: [lab]')],
    ['f: groups[1].name is a again', `groups: [{ name: a, boards: 1 }, { name: a, boards: 1 }]\n${phase('')}`],
    ['f: boards is 3, but groups have 2', `boards: 3\ngroups: [{ name: a, boards: 2 }]\n${phase('')}`],
    [
      'f: groups have 150000 boards together',
      `groups: [{ name: a, boards: 90000 }, { name: b, boards: 60000 }]\n${phase('')}`,
    ],
    ['f: groups[0].prefix is "a b"', `groups: [{ name: a, boards: 1, prefix: a b }]\n${phase('')}`],
    [
      'f: phases[1].faults.wrap is of the time before the run',
      'phases: [{ duration: 1s, rate: 1 }, { duration: 1s, rate: 1, faults: { wrap: 1 } }]',
    ],
    ['f: the whole is 3', '3'],
    ['f: the whole is null', ''],
    ['f: __proto__ is unknown', `__proto__: { boards: 3 }\n${phase('')}`],
    ['f is no YAML or JSON', 'phases: ['],
    ['f is no YAML or JSON', `boards: 3\nboards: 4\n${phase('')}`],
    ['f is no YAML or JSON', `${phase('')}\n---\n${phase('')}`],
    ['f is no YAML or JSON', `boards: !!js/function 3\n${phase('')}`],
    ['f is no YAML or JSON', '['.repeat(10_000)],
    ['f is too long', ' '.repeat(1_000_001)],
  ])('%s', (message, text) => {
    const reading = (): Scenario => readScenario(text, 'f');
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(expect.objectContaining({ fix: expect.stringMatching(/\S/) }));
  });

  test('what is long is cut short', () => {
    const long = 'x'.repeat(10_000);
    const saying = (text: string): string => {
      try {
        readScenario(text, 'f');
      } catch (error) {
        return (error as Error).message;
      }
      return long;
    };
    for (const text of [`boards: ${long}`, `${long}: 3`, phase(`, groups: [${long}]`)]) {
      expect(saying(text).length).toBeLessThan(200);
    }
  });

  test('JSON that is none', () => {
    expect(() => readScenario('{ phases: 1 }', 'f.json')).toThrow('f.json is no YAML or JSON');
    expect(() => readScenario('{"__proto__": 1, "phases": []}', 'f.json')).toThrow('f.json: __proto__ is unknown');
  });
});

test('the schema is one, and says the same as the reader of what it can say', () => {
  const ajv = new Ajv2020();
  expect(ajv.validateSchema(SCENARIO_SCHEMA)).toBe(true);
  expect(ajv.validate(SCENARIO_SCHEMA, OFFICE)).toBe(true);
  expect(JSON.parse(JSON.stringify(SCENARIO_SCHEMA))).toEqual(SCENARIO_SCHEMA);
});

describe('whatever is in a file, it is a scenario or a UsageError', () => {
  const read = (text: string, fileName: string): void => {
    try {
      const { boards, phases, names } = readScenario(text, fileName);
      expect(boards).toBeGreaterThan(0);
      expect(names.reduce((sum, one) => sum + one.boards, 0)).toBe(boards);
      for (const { durationMs, pressed } of phases) {
        expect(durationMs).toBeGreaterThan(0);
        for (const { first, boards: many } of pressed) expect(first + many).toBeLessThanOrEqual(boards);
      }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      expect(error.message).toMatch(/^f/);
      expect(error.message.length).toBeLessThan(400);
    }
  };

  test('text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('f', 'f.json'), read));
  });

  test('values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        read(JSON.stringify(value), 'f.json');
        read(stringify(value), 'f');
      }),
    );
  });

  test('scenarios with something wrong in them', () => {
    const key = fc.constantFrom('seed', 'via', 'boards', 'speed', 'groups', 'phases', '0', '1', 'name', 'faults', 'x');
    const other = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('lab', '10s', 'poisson:1', 1, 0, ...VIAS));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(key, { minLength: 1, maxLength: 4 }), other), { maxLength: 3 }),
        (changes) => {
          const value = structuredClone(OFFICE) as unknown as Record<string, unknown>;
          for (const [path, to] of changes) change(value, path, to);
          read(JSON.stringify(value), 'f.json');
          read(stringify(value), 'f');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('text of a scenario with characters gone, doubled or others', () => {
    const text = stringify(OFFICE);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, gone, come) => {
        read(text.slice(0, at) + come + text.slice(at + gone), 'f');
      }),
      { numRuns: 500 },
    );
  });
});

function change(value: Record<string, unknown>, path: readonly string[], to: unknown): void {
  let at = value;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next !== 'object' || next === null) return;
    at = next as Record<string, unknown>;
  }
  at[path.at(-1)!] = to;
}
