/** `mts aws destroy`: deletes what is deployed. The table and the bucket stay, and a later deployment takes them up again. */
import type { InferredOptionTypes } from 'yargs';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import { DEFAULT_SETTINGS } from '../../cloud/platforms/aws/stack/settings.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import { type Account, openKnownAccount } from './account.ts';
import { accountFrom, accountOptions, prefixFrom, prefixOption } from './account-words.ts';
import { withNamedStack } from './assembly.ts';
import { deployedStack, notDeployed, outputsOf } from './deployed.ts';
import { deleteBucket, deleteTable, messagesIn, refuseOtherEndpoints } from './kept-data.ts';
import { agreed, withToolkit } from './toolkit.ts';

const options = {
  ...accountOptions,
  ...prefixOption,
  'delete-data': { type: 'boolean', default: false, describe: 'Also every count, and all that was set aside' },
  yes: { type: 'boolean', default: false, describe: 'Ask nothing' },
  json: { type: 'boolean', default: false, describe: 'Print what was deleted and kept as one JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const destroyAction: Verb<Args> = (io, end) => ({
  examples: [
    ['aws destroy', 'Delete all but the counts and what was set aside'],
    ['aws destroy --prefix test_ --delete-data --yes', 'Leave nothing of the one with this prefix'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const words = accountFrom(args);
    const prefix = prefixFrom(args.prefix);
    const names = namesWith(prefix);
    if (!args.yes && io.ask === undefined) {
      throw new UsageError('nobody is there to be asked whether to delete it', 'Give --yes if that is meant.');
    }
    refuseOtherEndpoints();
    const account = await openKnownAccount(words);
    const stack = await deployedStack(account, names.stack);
    // What an earlier one left behind can be deleted by itself.
    if (stack === undefined && !args.deleteData) throw notDeployed(account, names.stack);
    const table = names.table;
    const bucket = `${names.bucket}-${account.id}-${account.region}`;
    if (stack !== undefined && !args.deleteData) await refuseFailures(account, outputsOf(stack).FailureQueueUrl);
    if (
      !(await mayDelete(io, args, `${names.stack} in ${account.region}`, `the table ${table} and the bucket ${bucket}`))
    ) {
      io.err('Nothing was deleted.\n');
      return end(1);
    }
    if (stack !== undefined && !(await deleteStack(account, prefix, io))) return end(1);
    if (args.deleteData) {
      await deleteTable(account, table);
      await deleteBucket(account, bucket);
    }
    const kept = args.deleteData ? [] : [table, bucket];
    if (args.json) await io.out(`${JSON.stringify({ deleted: names.stack, kept })}\n`);
    else {
      const rest = args.deleteData ? 'Nothing of it is left.' : `Kept, if it was there: ${kept.join(', ')}`;
      await io.out(`Deleted ${names.stack}. ${rest}\n`);
    }
  },
});

/** The queue goes with the stack: not while it says what nobody has looked at. */
async function refuseFailures(account: Account, queueUrl: string | undefined): Promise<void> {
  if (queueUrl === undefined || (await messagesIn(account, queueUrl)) === 0) return;
  throw new UsageError(
    'the failure queue is not empty, and goes with the stack',
    'Look at it with `mts aws aside`, or give --delete-data.',
  );
}

/** False where the person ended the waiting. */
async function deleteStack(account: Account, prefix: string, io: Io): Promise<boolean> {
  const { value } = await withNamedStack({ ...DEFAULT_SETTINGS, prefix }, (assembly) =>
    withToolkit({ account, io, yes: true, result: io.err }, assembly, (toolkit, source) => toolkit.destroy(source)),
  );
  return value !== undefined;
}

async function mayDelete(
  io: Io,
  { yes, deleteData }: Pick<Args, 'yes'> & { deleteData: boolean },
  what: string,
  data: string,
): Promise<boolean> {
  const fate = deleteData ? `and ${data} with every count` : `but not ${data}`;
  if (yes || io.ask === undefined) return yes;
  return await agreed(io.ask, `Delete ${what}, ${fate}?`);
}
