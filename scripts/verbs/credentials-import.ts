/** `mts credentials import`: a board that another authority issued, taken into the folder with its key. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import { boardCredentialsOf, credentialOptions } from '../firmware/credentials-words.ts';
import { findingText } from '../firmware/findings-text.ts';
import { printable } from '../printable.ts';

const options = {
  ...credentialOptions,
  credentials: { type: 'string', demandOption: true, describe: 'Folder that takes the board in' },
  'security-h': { type: 'string', describe: 'A security.h that the old service filled in' },
  bundle: { type: 'string', describe: 'A file that `mts credentials export` wrote' },
  ca: { type: 'string', describe: 'Not needed: the board is to trust the authority of the folder' },
  force: { type: 'boolean', default: false, describe: 'Replace a board of that name, and revoke what it had' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const importVerb: Verb<Args> = (io) => ({
  examples: [
    ['credentials import --credentials credentials --security-h security.h', 'A board of mbed Device Connector'],
    ['credentials import --credentials credentials --bundle board-1.json', 'A board from another machine'],
    ['credentials import --credentials credentials --cert board.pem --key board-key.pem', 'From PEM files'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => importBoard(args, io),
});

async function importBoard(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const { openCredentials } = await import('../../firmware-template/credentials/folder.ts');
  if ([args.securityH, args.bundle, args.cert, args.key, args.ca].every((path) => path === undefined)) {
    throw new UsageError('nothing to import is given', 'Give --security-h, --bundle, or --cert with --key.');
  }
  const now = new Date(io.now());
  const folder = await openCredentials(args.credentials);
  const { credentials, findings } = await boardCredentialsOf(args, now);
  const { endpoint, domain } = credentials;
  const result = await folder.take(credentials, { now, force: args.force });
  const own = (await folder.find(endpoint))!.own;
  for (const finding of findings) io.err(findingText(finding));
  if (args.json) {
    await io.out(`${JSON.stringify({ result, endpoint, domain, own, findings })}\n`);
    return;
  }
  const told = { unchanged: 'is there already, and was left alone', made: 'is taken in', replaced: 'is replaced' }[
    result
  ];
  await io.out(`The board ${printable(endpoint)} (domain ${printable(domain)}) ${told}.\n`);
  if (!own) await io.out('Another authority issued it: the connector takes it only by its certificate.\n');
}
