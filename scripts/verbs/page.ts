/** `mts page`: the live page alone, over a store that others write to. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { wholeNumber } from '../words.ts';

const options = {
  ...platformOptions,
  port: { type: 'string', default: '8081', describe: 'Port to listen on; 0 takes any free one' },
  host: { type: 'string', default: '127.0.0.1', describe: 'Address to listen on' },
  json: { type: 'boolean', default: false, describe: 'Print the address as JSON' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const pageVerb: Verb<Args> = (io) => ({
  examples: [['page --data ./presses', 'The page of what `mts ingest --data ./presses` counts']],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const port = wholeNumber('--port', args.port, 0, 65_535);
    const { newServer } = await import('../../cloud/ingest/server.ts');
    const { dashboard } = await import('../../cloud/dashboard/dashboard.ts');
    const { newLog } = await import('../log.ts');
    const { given, serve } = await import('../serve.ts');
    const store = await openStore(args, { create: false, now: io.now });
    try {
      const app = newServer(newLog('warn', io.err));
      try {
        await dashboard(app, { hours: store, now: io.now });
        const { origin } = await serve(app, { host: args.host, port });
        await io.out(args.json ? `${JSON.stringify({ page: `${origin}/` })}\n` : `Page on ${origin}/\n`);
        await given(io.stop);
      } finally {
        await app.close();
      }
    } finally {
      await store.close();
    }
  },
});
