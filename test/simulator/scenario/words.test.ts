/** `--scenario`: what of the file and the other words a run is made of. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { type ScenarioWords, scenarioEndpoints, scenarioPlan } from '../../../scripts/scenario-words.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mts-scenario-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function plan(text: string, words: Partial<ScenarioWords> = {}) {
  const scenario = join(folder, 'file.yaml');
  await writeFile(scenario, text);
  return await scenarioPlan({ scenario, ...words }, 1_234);
}

const TWO = 'phases: [{ duration: 10s, rate: 2, faults: { reboot: 0.1 } }, { duration: 20s, rate: 0 }]';

test('boards that speak LwM2M get its phases, speed and names', async () => {
  const made = await plan(`seed: 5\nvia: lwm2m+udp\nspeed: 10\ngroups: [{ name: a, boards: 4, prefix: lab- }]\n${TWO}`);
  expect(made).toEqual({
    ...{ boards: 4, seed: 5, via: 'lwm2m+udp', dialect: 'connector', durationMs: 30_000, faults: { reboot: 0.1 } },
    schedule: { kind: 'steady', rate: 2 },
    lwm2m: {
      speed: 10,
      names: [{ boards: 4, prefix: 'lab-' }],
      phases: [expect.objectContaining({ durationMs: 10_000 }), expect.objectContaining({ durationMs: 20_000 })],
    },
  });
});

test('the words --seed, --via and --dialect go before the file', async () => {
  const words = { seed: '9', via: 'lwm2m+tcp', dialect: 'mdc' };
  expect(await plan(`seed: 5\nvia: lwm2m+udp\n${TWO}`, words)).toMatchObject({
    seed: 9,
    via: 'lwm2m+tcp',
    dialect: 'mdc',
  });
});

test('without a seed it is the time', async () => {
  expect(await plan(TWO, { via: 'lwm2m+udp' })).toMatchObject({ seed: 1_234, boards: 3 });
});

test.each(['webhook', 'mqtt'] as const)('one phase of all boards is a plain run by %s', async (via) => {
  const made = await plan('boards: 7\nphases: [{ duration: 5s, schedule: "poisson:4", faults: { redeliver: 0.1 } }]', {
    via,
  });
  expect(made).toEqual({
    ...{ boards: 7, seed: 1_234, via, dialect: 'connector', durationMs: 5_000, faults: { redeliver: 0.1 }, lwm2m: {} },
    schedule: { kind: 'poisson', rate: 4 },
  });
  const named = await plan('groups: [{ name: a, boards: 2, prefix: x- }]\nphases: [{ duration: 5s, rate: 1 }]', {
    via,
  });
  expect(named).toMatchObject({ boards: 2, namePrefix: 'x-' });
});

test('its boards are called as groups say, or as the run does', async () => {
  const groups = 'groups: [{ name: a, boards: 1 }, { name: b, boards: 1, prefix: lab- }]';
  const made = await plan(`${groups}\n${TWO}`, { via: 'lwm2m+udp' });
  expect(scenarioEndpoints(made, 'mine-')).toEqual(['mine-0001', 'lab-0001']);
  expect(scenarioEndpoints(await plan(TWO, { via: 'lwm2m+udp' }))).toEqual(['board-0001', 'board-0002', 'board-0003']);
});

const ONE = 'phases: [{ duration: 5s, rate: 1 }]';

describe('refused', () => {
  test.each([
    ['several phases', TWO, {}],
    ['timers to divide', `speed: 2\n${ONE}`, {}],
    ['phases without presses', 'phases: [{ duration: 5s, rate: 0 }]', {}],
    [
      'phases of some groups only',
      'groups: [{ name: a, boards: 1 }, { name: b, boards: 1 }]\nphases: [{ duration: 5s, rate: 1, groups: [a] }]',
      {},
    ],
    ['groups with a prefix each', `groups: [{ name: a, boards: 1, prefix: x }, { name: b, boards: 1 }]\n${ONE}`, {}],
    ["cannot have the fault 'loss'", 'phases: [{ duration: 5s, rate: 1, faults: { loss: 0.1 } }]', { via: 'mqtt' }],
    [
      "cannot have the fault 'disconnect'",
      'phases: [{ duration: 5s, rate: 1 }, { duration: 5s, rate: 1, faults: { disconnect: 0.1 } }]',
      { via: 'lwm2m+udp' },
    ],
    ['--via is pigeon', ONE, { via: 'pigeon' }],
    ['--seed is x', ONE, { seed: 'x' }],
    ['--boards is said by --scenario', ONE, { boards: '3' }],
    ['--faults is said by --scenario', ONE, { faults: 'reboot=1' }],
    ['phases is missing', '{}', {}],
  ])('%s', async (message, text, words) => {
    const planning = plan(text, words);
    await expect(planning).rejects.toBeInstanceOf(UsageError);
    await expect(planning).rejects.toThrow(message);
  });

  test('a file that is not there', async () => {
    const planning = scenarioPlan({ scenario: join(folder, 'none.yaml') }, 0);
    await expect(planning).rejects.toBeInstanceOf(OutsideError);
    await expect(planning).rejects.toMatchObject({ code: 'FILE' });
  });
});
