/** `mts aws republish`: tells CloudWatch the exact metric again, from the table. */
import type { InferredOptionTypes } from 'yargs';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import type { Verb } from '../cli.ts';
import { printable } from '../printable.ts';
import { inOrder, instant } from '../words.ts';
import { accountOptions, prefixOption } from './account-words.ts';

const options = {
  ...accountOptions,
  ...prefixOption,
  from: { type: 'string', demandOption: true, describe: 'From this time on: 2026-03-01, 2026-03-01T15:00Z, 24h (ago)' },
  to: { type: 'string', default: 'now', describe: 'Up to this time' },
  endpoint: { type: 'string', describe: 'Only this board' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const republishAction: Verb<Args> = (io, end) => ({
  examples: [
    ['aws republish --from 3d', 'After CloudWatch was told nothing for longer than a stream remembers'],
    ['aws republish --from 2026-03-01 --to 2026-03-02 --endpoint node-001', 'One board, one day'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const [from, to] = [instant('--from', args.from, io.now()), instant('--to', args.to, io.now())];
    inOrder(from, to);
    const { awsFrom, clientConfig, openAwsStore } = await import('./store.ts');
    const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
    const { cloudWatchSink } = await import('../../cloud/platforms/aws/cloudwatch/sink.ts');
    const { republish } = await import('../../cloud/platforms/aws/cloudwatch/republish.ts');
    const words = awsFrom(args);
    const store = await openAwsStore(words);
    const sink = cloudWatchSink({
      client: new CloudWatchClient(clientConfig(words)),
      namespace: namesWith(words.prefix).namespace,
      now: io.now,
      deadline: () => (io.stop.aborted ? 0 : Number.POSITIVE_INFINITY),
    });
    try {
      const one = args.endpoint === undefined ? {} : { endpoint: args.endpoint };
      const done = await republish(store.hourly({ ...one, from, to }), sink);
      if (args.json) await io.out(`${JSON.stringify(done)}\n`);
      else {
        await io.out(`${done.told} hours told, ${done.refused} refused, ${done.failed} failed\n`);
        for (const { count, reason } of done.examples) {
          await io.out(`  ${printable(count.endpoint)}  ${count.hour}: ${printable(reason)}\n`);
        }
      }
      if (done.refused + done.failed > 0) end(1);
    } finally {
      await sink.close();
      await store.close();
    }
  },
});
