/** `mts up --platform aws` as a process: every press is counted once, and CloudWatch's exact metric says the same. */
import { describe, expect, test } from '@jest/globals';
import { dynamoDbWanted } from '../../cloud/platforms/aws/dynamodb-local.ts';
import { mts } from '../run-mts.ts';

const RUN = [
  'up',
  '--platform',
  'aws',
  '--port',
  '0',
  '--duration',
  '5s',
  '--boards',
  '10',
  '--rate',
  '100',
  '--seed',
  '3',
];
const FAULTS = ['--faults', 'redeliver=0.2,concurrent=0.1,coalesce=0.3,reboot=0.01'];

(dynamoDbWanted ? describe : describe.skip)('mts up --platform aws', () => {
  test.each(['webhook', 'mqtt'])(
    'by %s: nothing lost, nothing doubled, and the exact metric equals the count',
    async (via) => {
      const { status, out, err } = await mts(...RUN, ...FAULTS, '--via', via, '--json');
      expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' });
      const summary = JSON.parse(out);
      expect(summary).toMatchObject({ lost: 0, doubled: 0, setAside: 0, counted: summary.pressed });
      expect(summary.pressed).toBeGreaterThan(100);
      expect(summary.cloudwatch.exact).toBe(summary.counted);
      expect(summary.cloudwatch.sum).toBeGreaterThanOrEqual(summary.counted);
    },
  );

  test.each(['prefix', 'region', 'profile'])('has no --%s: it runs here', async (option) => {
    expect((await mts('up', '--platform', 'aws', `--${option}`, 'x')).status).toBe(2);
  });
});
