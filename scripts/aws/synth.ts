/** `mts aws synth`: the CloudFormation template. Needs no account, no credentials and no network. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { withAssembly } from './assembly.ts';
import { settingsFrom, settingsOptions } from './settings-words.ts';

const options = {
  ...settingsOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON document, on one line' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const synthAction: Verb<Args> = (io) => ({
  examples: [
    ['aws synth', 'The template, to be read'],
    ['aws synth --json --prefix test_ > template.json', 'For a program, with other names'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    await withAssembly(await settingsFrom(args), async ({ template }) => {
      await io.out(`${JSON.stringify(template, undefined, args.json ? undefined : 2)}\n`);
    });
  },
});
