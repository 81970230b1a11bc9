/** `mts webhook show`: what is registered; header values, and what of the URL may be a password, are not printed. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { printable } from '../printable.ts';
import { serviceOf, serviceOptions, unlessStopped } from '../service-words.ts';

type Args = InferredOptionTypes<typeof serviceOptions>;

export const showVerb: Verb<Args> = (io, end) => ({
  examples: [['webhook show --key-file api-key.txt', 'The URL and the names of its headers; exit 1 if there is none']],
  builder: (yargs) => yargs.options(serviceOptions),
  handler: (args) =>
    unlessStopped(io, end, async () => {
      const { getCallback } = await import('../../cloud/connector/client/callback.ts');
      const { shownUrl } = await import('../../cloud/connector/client/registration.ts');
      const service = await serviceOf(args, io);
      const callback = await getCallback(service);
      if (callback === undefined) {
        end(1);
        await io.out(args.json ? '{"registered":false}\n' : `Nothing is registered at ${service.address}\n`);
        return;
      }
      const url = shownUrl(callback.url);
      const headers = Object.keys(callback.headers);
      if (args.json) await io.out(`${JSON.stringify({ registered: true, url, headers })}\n`);
      else {
        await io.out(`${printable(url)}\n`);
        for (const name of headers) await io.out(`  ${printable(name)}: ***\n`);
      }
    }),
});
