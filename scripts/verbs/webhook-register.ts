/** `mts webhook register`: once, only where it is missing (`--ensure`), or kept so until Ctrl-C (`--ensure --every`). */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import { serviceOf, serviceOptions, unlessStopped } from '../service-words.ts';
import { duration } from '../words.ts';

const options = {
  ...serviceOptions,
  url: { type: 'string', demandOption: true, describe: 'Where the service sends events; it must be answering by now' },
  'header-file': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'File with a header that the service is to set, as `Name: value`; may be given several times',
  },
  chunk: {
    type: 'string',
    default: '5000',
    describe:
      'Most events in one message, 100 to 10000. AWS Lambda takes messages of 4.5 MB (6 MB in base64): 5000 events of ' +
      'up to 900 bytes; a press has about 250',
  },
  ensure: { type: 'boolean', default: false, describe: 'Look first; register where it is missing or different' },
  every: { type: 'string', describe: 'With --ensure: look again so often, like 60s, until Ctrl-C' },
  subscribe: {
    type: 'boolean',
    default: false,
    describe: 'Also subscribe to the button of every board, whenever that is missing (others: `mts subscribe`)',
  },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const registerVerb: Verb<Args> = (io, end) => ({
  examples: [
    [
      'webhook register --key-file api-key.txt --url https://example.com/webhook --header-file key.txt --subscribe',
      'Register, with a header that proves who sends, and subscribe',
    ],
    [
      'webhook register --key-file api-key.txt --url $URL --header-file key.txt --subscribe --ensure --every 60s',
      'Keep it registered: services drop a webhook that failed for a day, or had no events for two',
    ],
    [
      'webhook register --host http://127.0.0.1:8090 --key-file api-key.txt --url http://127.0.0.1:8080/webhook',
      'With a service on this machine',
    ],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => unlessStopped(io, end, () => register(args, io)),
});

async function register(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  if (args.every !== undefined && !args.ensure) {
    throw new UsageError('--every is given without --ensure', 'Give --ensure too.');
  }
  const everyMs = args.every === undefined ? undefined : duration('--every', args.every);
  const { registrationOf } = await import('../webhook-words.ts');
  const { registrar } = await import('../registrar.ts');
  const { keepLooking } = await import('../../cloud/connector/client/ensure.ts');
  const { registration, warnings } = await registrationOf(args);
  const service = await serviceOf(args, io);
  for (const warning of warnings) io.err(`mts: ${warning}\n`);
  const look = registrar(service, registration, args, io);
  if (everyMs === undefined) return await look();
  await keepLooking({
    look,
    everyMs,
    sleep: io.sleep,
    stop: io.stop,
    onTrouble: (error, waitMs) => io.err(`mts: ${error.message}\nIt is tried again in ${waitMs / 1000} s.\n`),
  });
}
