/** `mts aws aside`: what the functions set aside in the bucket, and giving it another try. */
import type { InferredOptionTypes } from 'yargs';
import type { AsideKind } from '../../cloud/ingest/aside/failure-queue.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { ASIDE_ACTIONS, asideOptions, dropAside, listAside, replayAside } from '../aside.ts';
import type { Verb } from '../cli.ts';
import { choice } from '../words.ts';
import { accountOptions, prefixOption } from './account-words.ts';

const KINDS: readonly AsideKind[] = ['notification', 'record', 'datum'];

const options = {
  ...accountOptions,
  ...prefixOption,
  bucket: { type: 'string', describe: 'The bucket; else as the deployed stack says' },
  kind: {
    type: 'string',
    default: 'notification',
    describe: 'notification: a message or part of one; record: of the stream; datum: refused by CloudWatch',
  },
  ...asideOptions,
} as const;

type Args = InferredOptionTypes<typeof options> & { readonly action: string };

export const asideAction: Verb<Args> = (io, end) => ({
  examples: [
    ['aws aside list', 'Messages that were not understood, and why'],
    ['aws aside replay', 'Count them now, if this version understands them'],
    ['aws aside drop --kind datum --all', 'Forget the data that CloudWatch refused; the table has counted them'],
  ],
  builder: (yargs) =>
    yargs
      .positional('action', { type: 'string', demandOption: true, describe: ASIDE_ACTIONS.join(', ') })
      .options(options),
  handler: async (args) => {
    const action = choice('what to do', args.action, ASIDE_ACTIONS);
    const kind = choice('--kind', args.kind, KINDS);
    const keys = args.key === undefined ? undefined : new Set(args.key);
    const { awsFrom, deployedShelf, openAwsStore } = await import('./store.ts');
    const words = awsFrom(args);
    const shelf = deployedShelf(words, kind);
    if (action === 'list') return await listAside(shelf.items(), keys, args.json, io);
    const place = { aside: () => shelf.items(), dropAside: shelf.drop };
    if (action === 'drop') return await dropAside(place, keys, args, io, end);
    if (kind !== 'notification') {
      throw new UsageError(
        `a ${kind} is not replayed`,
        'What it tells of is in the table: see `mts aws republish --help`, then drop it.',
      );
    }
    const store = await openAwsStore(words);
    try {
      await replayAside(
        { ...place, apply: (batch) => store.apply(batch), setAside: shelf.put },
        keys,
        args.json,
        io,
        end,
      );
    } finally {
      await store.close();
    }
  },
});
