/** `mts webhook delete`: the callback of the key, which the service deletes with more than that. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { serviceOf, serviceOptions, unlessStopped } from '../service-words.ts';

type Args = InferredOptionTypes<typeof serviceOptions>;

export const deleteVerb: Verb<Args> = (io, end) => ({
  examples: [['webhook delete --key-file api-key.txt', 'The service sends nothing more']],
  builder: (yargs) => yargs.options(serviceOptions),
  handler: (args) =>
    unlessStopped(io, end, async () => {
      const { deleteCallback } = await import('../../cloud/connector/client/callback.ts');
      const service = await serviceOf(args, io);
      const deleted = await deleteCallback(service);
      if (args.json) await io.out(`${JSON.stringify({ deleted })}\n`);
      else if (deleted) {
        await io.out('Deleted. The subscriptions of the key, and events not sent yet, go with it.\n');
      } else await io.out(`Nothing was registered at ${service.address}\n`);
    }),
});
