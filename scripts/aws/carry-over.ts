/** `mts aws carry-over`: the hours that the guide's hand-made table has counted, into the deployed one. */
import type { InferredOptionTypes } from 'yargs';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { accountOptions, prefixOption } from './account-words.ts';

const options = {
  ...accountOptions,
  ...prefixOption,
  'from-table': {
    type: 'string',
    default: namesWith('').table,
    describe:
      'The table to read; it is left as it is. Reset the boards at the switch: a running boot would count in both',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const carryOverAction: Verb<Args> = (io) => ({
  examples: [
    ['aws carry-over --prefix exact_', "The guide's table into the one that was deployed with this prefix"],
    ['aws carry-over --from-table presses_2017', 'Another table of the same form'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const { awsFrom, clientConfig } = await import('./store.ts');
    const words = awsFrom(args);
    const to = namesWith(words.prefix).table;
    if (args.fromTable === to) {
      throw new UsageError(`${to} is the deployed table itself`, 'Give --prefix, or another --from-table.');
    }
    const { newDynamoClient } = await import('../../cloud/platforms/aws/store/client.ts');
    const { carryOver } = await import('../../cloud/platforms/aws/store/carry-over.ts');
    const client = newDynamoClient(clientConfig(words));
    try {
      const done = await carryOver({
        ...{ client, from: args.fromTable, to, now: io.now },
        onProgress: ({ hours, there }) => io.err(`${hours + there} hours\r`),
      });
      const { hours, presses, there, skipped } = done;
      const text = `${hours} hours with ${presses} presses brought over; ${there} were there; ${skipped} items are no counts\n`;
      await io.out(args.json ? `${JSON.stringify(done)}\n` : text);
    } finally {
      client.destroy();
    }
  },
});
