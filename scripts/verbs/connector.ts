/** `mts connector`: what boards talk to, in mbed Device Connector's place; `mts connector key`: who may use it. */
import type { InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { KEY_ACTIONS, manageKeys } from '../connector/keys.ts';
import { connectorOptions } from '../connector/words.ts';
import { choice } from '../words.ts';

const options = {
  ...connectorOptions,
  expires: { type: 'string', describe: 'Of a key to add: how long it is good, like 90d' },
  'key-file': { type: 'string', describe: 'File with a key to add that is there already, instead of a new one' },
} as const;

type Args = InferredOptionTypes<typeof options> & {
  readonly part: string | undefined;
  readonly action: string | undefined;
  readonly name: string | undefined;
};

export const connectorVerb: Verb<Args> = (io, end) => ({
  examples: [
    [
      'connector --data ./connector --credentials c --host 0.0.0.0',
      'For real boards, each with its certificate, on 5684',
    ],
    ['connector --data ./connector', 'For simulated ones on this machine, over UDP, on 5683'],
    ['connector key add me --data ./connector > key.txt', 'A key for the API; `chmod 600 key.txt`'],
    [
      'webhook register --host http://127.0.0.1:8082 --key-file key.txt --url http://127.0.0.1:8080/webhook --subscribe',
      'Have it send every press to `mts ingest`',
    ],
    ['connector key list --data ./connector', 'Keys, and until when they are good'],
  ],
  builder: (yargs) =>
    yargs
      .positional('part', { type: 'string', describe: 'key: manage keys, instead of serving' })
      .positional('action', { type: 'string', describe: `With key: ${KEY_ACTIONS.join(', ')}` })
      .positional('name', { type: 'string', describe: 'With key: its name' })
      .options(options),
  handler: async ({ part, action, name, ...args }) => {
    if (part === undefined) {
      if (args.expires !== undefined || args.keyFile !== undefined) {
        throw new UsageError('--expires and --key-file are of a key', 'Write `mts connector key add NAME`.');
      }
      const { serveConnector } = await import('../connector/serve.ts');
      await serveConnector(args, io);
      return;
    }
    choice('what to manage', part, ['key']);
    const { data, expires, keyFile, json } = args;
    await manageKeys(
      { action: choice('what to do', action ?? '', KEY_ACTIONS), name, data, expires, keyFile, json },
      io,
      end,
    );
  },
});
