import { describe, expect, test } from '@jest/globals';
import type { BatchFaults } from '../../../../simulator/faults.ts';
import { retryWaitMs } from '../../../../simulator/links/retry.ts';
import { deliver } from '../../../../simulator/links/webhook/deliver.ts';
import type { Answer } from '../../../../simulator/links/webhook/put.ts';

const [OK, DOWN, LATE]: readonly Answer[] = [
  { kind: 'status', status: 204 },
  { kind: 'status', status: 503 },
  { kind: 'timeout' },
] as const;

/** Everything that happened, in order: `put`, `cut`, `wait 1000`, `late 1000`, `done`. */
async function play(answers: readonly (Answer | undefined)[], faults: Partial<BatchFaults> = {}, patience = 100) {
  const story: string[] = [];
  const left = [...answers];
  let requests = 0;
  const delivered = await deliver(
    new Uint8Array(),
    { redeliver: false, concurrent: false, lostAnswer: false, ...faults },
    {
      client: {
        put: async (_, how) => {
          story.push(how?.cut === true ? 'cut' : 'put');
          return how?.cut === true ? { kind: 'cut' } : (left.shift() ?? { kind: 'status', status: 204 });
        },
      },
      pause: async (ms, { timedOut }) => {
        story.push(`${timedOut ? 'late' : 'wait'} ${ms}`);
        return story.filter((step) => /wait|late/.test(step)).length <= patience;
      },
      onRequests: (copies) => {
        requests += copies;
      },
      onAcknowledged: () => story.push('done'),
    },
  );
  expect(requests).toBe(story.filter((step) => step === 'put' || step === 'cut').length);
  return { delivered, story: story.join(', ') };
}

describe('deliver', () => {
  test.each<[string, readonly (Answer | undefined)[], Partial<BatchFaults>, string]>([
    ['acknowledged', [OK], {}, 'put, done'],
    ['refused twice', [DOWN, DOWN, OK], {}, 'put, wait 1000, put, wait 2000, put, done'],
    ['timed out', [LATE, OK], {}, 'put, late 1000, put, done'],
    ['redeliver', [OK], { redeliver: true }, 'put, done, put'],
    ['redeliver, refused', [OK, DOWN], { redeliver: true }, 'put, done, put'],
    ['concurrent', [OK, OK], { concurrent: true }, 'put, put, done'],
    ['concurrent, one refused', [OK, DOWN, OK], { concurrent: true }, 'put, put, wait 1000, put, done'],
    ['lost answer', [OK], { lostAnswer: true }, 'cut, wait 1000, put, done'],
    [
      'all of them',
      [OK, OK, OK],
      { lostAnswer: true, concurrent: true, redeliver: true },
      'cut, put, wait 1000, put, done, put',
    ],
  ])('%s', async (_, answers, faults, story) => {
    expect(await play(answers, faults)).toEqual({ delivered: true, story });
  });

  test('gives up when it is told to', async () => {
    const { delivered, story } = await play([DOWN, DOWN, DOWN], {}, 1);
    expect({ delivered, story }).toEqual({ delivered: false, story: 'put, wait 1000, put, wait 2000' });
  });

  test('waits 1, 2, 4 ... 120 s', () => {
    const waits = Array.from({ length: 10 }, (_, attempt) => retryWaitMs(attempt) / 1_000);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120]);
    expect(retryWaitMs(5_000)).toBe(120_000);
  });
});
