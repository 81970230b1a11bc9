/** `mts azure`: what is deployed to an Azure subscription, made without one. Each action is a file of scripts/azure/. */
import type { Actions } from '../cli.ts';

export const azureVerb: Actions = {
  examples: [
    ['azure synth > template.json', 'What would be deployed, without an account'],
    ['azure bundle --out ./functions', 'What runs in it'],
  ],
  actions: [
    {
      command: 'synth',
      describe: 'Print the ARM template, without an account or a network',
      load: async () => (await import('../azure/synth.ts')).synthAction,
    },
    {
      command: 'bundle',
      describe: 'Make the folder of the functions, to be deployed as a zip',
      load: async () => (await import('../azure/bundle.ts')).bundleAction,
    },
  ],
};
