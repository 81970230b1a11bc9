/** `mts aws deploy`: the stack into an account, as one change that is made whole or taken back. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { openKnownAccount } from './account.ts';
import { accountFrom, accountOptions } from './account-words.ts';
import { withAssembly } from './assembly.ts';
import { outputsText } from './outputs-text.ts';
import { settingsFrom, settingsOptions } from './settings-words.ts';
import { withToolkit } from './toolkit.ts';

const options = {
  ...accountOptions,
  ...settingsOptions,
  bootstrap: { type: 'boolean', default: false, describe: 'First prepare account and region for deployments, once' },
  yes: { type: 'boolean', default: false, describe: 'Ask nothing: what more is permitted is shown all the same' },
  json: { type: 'boolean', default: false, describe: 'Print the outputs as one JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const deployAction: Verb<Args> = (io, end) => ({
  examples: [
    ['aws deploy --region eu-west-1 --bootstrap', 'The first deployment to an account and region'],
    ['aws deploy --alarm-email you@example.com --header-file key.txt', 'With alarms by mail, and a second key'],
    ['aws deploy --prefix test_ --guide-metric off --yes', 'Another beside it, from a script'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const words = accountFrom(args);
    const settings = await settingsFrom(args);
    const account = await openKnownAccount(words);
    await withAssembly(settings, async (assembly) => {
      const { value } = await withToolkit(
        { account, io, yes: args.yes, result: io.err },
        assembly,
        async (toolkit, source) => {
          const { BootstrapEnvironments } = await import('@aws-cdk/toolkit-lib');
          if (args.bootstrap) await toolkit.bootstrap(BootstrapEnvironments.fromCloudAssemblySource(source));
          return await toolkit.deploy(source, {
            // A table and a bucket that an earlier deployment left behind are taken up again.
            deploymentMethod: { method: 'change-set', importExistingResources: true },
          });
        },
      );
      const deployed = value?.stacks[0];
      if (deployed === undefined) {
        io.err('Not deployed.\n');
        end(1);
        return;
      }
      await io.out(args.json ? `${JSON.stringify(deployed.outputs)}\n` : outputsText(deployed.outputs));
    });
  },
});
