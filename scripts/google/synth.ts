/** `mts google synth`: what is deployed, in Terraform's JSON syntax. Needs no account, no credentials and no network. */
import type { InferredOptionTypes } from 'yargs';
import { stack } from '../../cloud/platforms/google/terraform/stack.ts';
import type { Verb } from '../cli.ts';
import { settingsFrom, settingsOptions } from './settings-words.ts';

const options = {
  ...settingsOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON document, on one line' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const synthAction: Verb<Args> = (io) => ({
  examples: [
    ['google synth > mbed-time-series.tf.json', 'For `terraform init` and `terraform apply -var project=…`'],
    ['google synth --prefix test- --region us-central1', 'With other names, elsewhere'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    await io.out(`${JSON.stringify(stack(settingsFrom(args)), undefined, args.json ? undefined : 2)}\n`);
  },
});
