/** `mts google`: what is deployed to a Google Cloud project. A line for each action; each is a file of scripts/google/. */
import type { Actions } from '../cli.ts';

export const googleVerb: Actions = {
  examples: [
    ['google synth > mbed-time-series.tf.json', 'What Terraform is to deploy'],
    ['google bundle --out ./bundle', "The functions' source beside it"],
    ['google dashboard', 'The dashboard alone'],
  ],
  actions: [
    {
      command: 'synth',
      describe: "Print what is deployed, in Terraform's JSON syntax",
      load: async () => (await import('../google/synth.ts')).synthAction,
    },
    {
      command: 'bundle',
      describe: "Write the functions' source into a folder",
      load: async () => (await import('../google/bundle.ts')).bundleAction,
    },
    {
      command: 'dashboard',
      describe: 'Print the dashboard for Cloud Monitoring',
      load: async () => (await import('../google/dashboard.ts')).dashboardAction,
    },
  ],
};
