/** `mts ingest`: the receiver alone, into a store. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { readHeaderFile } from '../header-file.ts';
import { LOG_LEVELS } from '../log-levels.ts';
import { openStore, platformOptions } from '../platforms.ts';
import { choice, size, wholeNumber } from '../words.ts';

const options = {
  ...platformOptions,
  port: { type: 'string', default: '8080', describe: 'Port to listen on; 0 takes any free one' },
  host: { type: 'string', default: '127.0.0.1', describe: 'Address to listen on; 0.0.0.0 for all' },
  'header-file': { type: 'string', describe: 'File with the header that senders must set, as `Name: value`' },
  'max-aside': { type: 'string', default: '1GiB', describe: 'Room for what is not understood' },
  'log-level': { type: 'string', default: 'warn', describe: `What goes to stderr: ${LOG_LEVELS.join(', ')}` },
  json: { type: 'boolean', default: false, describe: 'Print the addresses as JSON' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const ingestVerb: Verb<Args> = (io) => ({
  examples: [
    ['ingest --data ./presses', 'Receive on http://127.0.0.1:8080/webhook'],
    ['ingest --data ./presses --host 0.0.0.0 --header-file key.txt', 'Open to others, who must know the key'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const port = wholeNumber('--port', args.port, 0, 65_535);
    const maxAside = size('--max-aside', args.maxAside);
    const level = choice('--log-level', args.logLevel, LOG_LEVELS);
    const header = args.headerFile === undefined ? undefined : await readHeaderFile(args.headerFile);
    const { openReceiver } = await import('../receiver.ts');
    const { given, serve } = await import('../serve.ts');
    const store = await openStore(args, { create: true, maxAside });
    try {
      const app = await openReceiver({ store, header, level, io });
      try {
        const { origin } = await serve(app, { host: args.host, port });
        const urls = { webhook: `${origin}/webhook`, metrics: `${origin}/metrics`, healthz: `${origin}/healthz` };
        if (args.json) await io.out(`${JSON.stringify(urls)}\n`);
        else await io.out(`Receiving on ${urls.webhook}\nMetrics on   ${urls.metrics}\n`);
        await given(io.stop);
      } finally {
        await app.close();
      }
    } finally {
      await store.close();
    }
  },
});
