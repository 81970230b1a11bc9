/** What an invocation's line in the log says to CloudWatch. */

import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, expect, jest, test } from '@jest/globals';
import { examine } from '../../../../../cloud/ingest/examine.ts';
import { powertoolsTally } from '../../../../../cloud/platforms/aws/handlers/tally.ts';
import { counter, NOW } from './invoking.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

function lines(work: (tally: ReturnType<typeof powertoolsTally>) => void): Record<string, unknown>[] {
  const written: string[] = [];
  const write = (chunk: unknown): boolean => written.push(String(chunk)) > 0;
  jest.spyOn(process.stdout, 'write').mockImplementation(write);
  jest.spyOn(process.stderr, 'write').mockImplementation(write);
  work(powertoolsTally(new Metrics({ namespace: 'MbedTimeSeries', serviceName: 'webhook' })));
  jest.restoreAllMocks();
  return written.map((line) => JSON.parse(line));
}

test('presses, stale values, what was set aside and replaced times, and how the message ended', () => {
  const notifications = [counter('a', '3', { timestamp: 'never' }), counter('a', 'x')];
  const examined = examine(Buffer.from(JSON.stringify({ notifications })), NOW);
  const [line, ...more] = lines((tally) => {
    tally.taken(examined, { presses: 7, stale: 2 });
    tally.add('messagesTaken', 1);
    tally.publish();
  });
  expect(more).toEqual([]);
  expect(line).toMatchObject({ presses: 7, stale: 2, setAside: 1, timestampsReplaced: 1, messagesTaken: 1 });
  expect(line).toMatchObject({ service: 'webhook', _aws: { CloudWatchMetrics: [{ Namespace: 'MbedTimeSeries' }] } });
});

test('what did not happen is not written, and nothing at all is no line', () => {
  expect(lines((tally) => tally.publish())).toEqual([]);
  const [line] = lines((tally) => {
    tally.add('stale', 0);
    tally.add('messagesTaken', 1);
    tally.publish();
  });
  expect(line).not.toHaveProperty('stale');
});
