/** `mts azure synth`: the ARM template. Needs no account, no credentials and no network. */
import { createHash } from 'node:crypto';
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import {
  DEFAULT_SETTINGS,
  NODE_VERSIONS,
  type TemplateSettings,
  template,
} from '../../cloud/platforms/azure/template/template.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { readHeaderFile } from '../header-file.ts';
import { choice, duration } from '../words.ts';

const options = {
  node: {
    type: 'string',
    default: DEFAULT_SETTINGS.nodeVersion,
    describe: `Node.js that runs the functions: ${NODE_VERSIONS.join(', ')}`,
  },
  retention: { type: 'string', default: `${DEFAULT_SETTINGS.retentionDays}d`, describe: 'How long logs are kept' },
  'header-file': {
    type: 'string',
    describe: 'File with a header that senders must set beside the function key, as `Name: value`',
  },
  json: { type: 'boolean', default: false, describe: 'One JSON document, on one line' },
} as const;

type Args = InferredOptionTypes<typeof options>;

const DAY_MS = 86_400_000;
/** https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure */
const [LEAST_DAYS, MOST_DAYS] = [30, 730];

export const synthAction: Verb<Args> = (io) => ({
  examples: [
    ['azure synth > template.json', 'For `az deployment group create --template-file template.json`'],
    ['azure synth --header-file header.txt', 'Senders must set a header of their own as well'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const text = JSON.stringify(template(await settingsFrom(args)), undefined, args.json ? undefined : 2);
    await io.out(`${text}\n`);
  },
});

/** Checks every word; reads the header's file, of which the settings hold a digest. */
async function settingsFrom({ node, retention, headerFile }: ArgumentsCamelCase<Args>): Promise<TemplateSettings> {
  const days = duration('--retention', retention) / DAY_MS;
  if (!Number.isInteger(days) || days < LEAST_DAYS || days > MOST_DAYS) {
    throw new UsageError(`--retention is ${retention}`, `Give whole days from ${LEAST_DAYS}d to ${MOST_DAYS}d.`);
  }
  return {
    nodeVersion: choice('--node', node, NODE_VERSIONS),
    retentionDays: days,
    demandedHeader: headerFile === undefined ? '' : await demanded(headerFile),
  };
}

async function demanded(headerFile: string): Promise<string> {
  const { name, value } = await readHeaderFile(headerFile);
  return `${name.toLowerCase()}:${createHash('sha256').update(value).digest('hex')}`;
}
