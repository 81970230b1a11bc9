/** `mts google dashboard`: the dashboard alone, for who deploys by hand. */
import type { InferredOptionTypes } from 'yargs';
import { dashboard } from '../../cloud/platforms/google/dashboard/dashboard.ts';
import type { Verb } from '../cli.ts';
import { namesFrom, prefixOption } from './settings-words.ts';

const options = {
  ...prefixOption,
  json: { type: 'boolean', default: false, describe: 'One JSON document, on one line' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const dashboardAction: Verb<Args> = (io) => ({
  examples: [
    [
      'google dashboard > dashboard.json',
      'For `gcloud monitoring dashboards create --config-from-file=dashboard.json`',
    ],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    await io.out(`${JSON.stringify(dashboard(namesFrom(args)), undefined, args.json ? undefined : 2)}\n`);
  },
});
