/** `mts aside`: what was set aside because it was not understood, and giving it another try. */
import type { InferredOptionTypes } from 'yargs';
import { ASIDE_ACTIONS, asideOptions, dropAside, listAside, replayAside } from '../aside.ts';
import type { Verb } from '../cli.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { choice } from '../words.ts';

const options = { ...platformOptions, ...asideOptions } as const;

type Args = InferredOptionTypes<typeof options> & { readonly action: string };

export const asideVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['aside list --data ./presses', 'What was set aside, and why'],
    ['aside replay --data ./presses', 'Count it now, if this version understands it'],
    ['aside drop --data ./presses --all', 'Give it up, and make room'],
  ],
  builder: (yargs) =>
    yargs
      .positional('action', { type: 'string', demandOption: true, describe: ASIDE_ACTIONS.join(', ') })
      .options(options),
  handler: async (args) => {
    const action = choice('what to do', args.action, ASIDE_ACTIONS);
    const store = await openStore(args, { create: false, now: io.now });
    try {
      const keys = args.key === undefined ? undefined : new Set(args.key);
      if (action === 'list') await listAside(store.aside(), keys, args.json, io);
      else if (action === 'drop') await dropAside(store, keys, args, io, end);
      else await replayAside(store, keys, args.json, io, end);
    } finally {
      await store.close();
    }
  },
});
