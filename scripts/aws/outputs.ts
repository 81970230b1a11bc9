/** `mts aws outputs`: the addresses of what is deployed, and its API key into a file. */
import type { InferredOptionTypes } from 'yargs';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { openAccount } from './account.ts';
import { accountFrom, accountOptions, prefixFrom, prefixOption } from './account-words.ts';
import { fetchApiKey } from './api-key.ts';
import { deployedOutputs } from './deployed.ts';
import { checkKeyFile, writeKeyFile } from './key-file.ts';
import { outputsText } from './outputs-text.ts';

const options = {
  ...accountOptions,
  ...prefixOption,
  'key-file': { type: 'string', describe: 'Fetch the API key into this file, as a header line for --header-file' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const outputsAction: Verb<Args> = (io) => ({
  examples: [
    ['aws outputs', 'Where the webhook, the dashboard and the rest are'],
    ['aws outputs --key-file key.txt --json', 'And the API key in a file that only you can read'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const words = accountFrom(args);
    const { stack } = namesWith(prefixFrom(args.prefix));
    if (args.keyFile !== undefined) await checkKeyFile(args.keyFile);
    const account = await openAccount(words);
    const outputs = await deployedOutputs(account, stack);
    if (args.keyFile !== undefined) {
      const { ApiKeyId: id } = outputs;
      if (id === undefined) throw new OutsideError('SERVER', `${stack} tells of no API key`, 'Deploy it once more.');
      const { AWS_ENDPOINT_URL_API_GATEWAY, AWS_ENDPOINT_URL } = process.env;
      const endpoint = AWS_ENDPOINT_URL_API_GATEWAY ?? AWS_ENDPOINT_URL;
      await writeKeyFile(args.keyFile, await fetchApiKey({ account, id, endpoint, fetch }));
      io.err(`The API key is in ${args.keyFile}: give it as --header-file.\n`);
    }
    await io.out(args.json ? `${JSON.stringify(outputs)}\n` : outputsText(outputs));
  },
});
