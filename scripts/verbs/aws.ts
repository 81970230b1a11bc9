/** `mts aws`: the whole of it in an AWS account, or on this machine. A line for each action; each is a file of scripts/aws/. */
import type { Actions } from '../cli.ts';

export const awsVerb: Actions = {
  examples: [
    ['aws synth --json', 'What would be deployed, without an account'],
    ['aws deploy --region eu-west-1 --bootstrap', 'The first deployment to an account and region'],
    ['aws outputs --key-file key.txt', 'Where the webhook is, and its key in a file'],
  ],
  actions: [
    {
      command: 'synth',
      describe: 'Print the CloudFormation template, without an account or a network',
      load: async () => (await import('../aws/synth.ts')).synthAction,
    },
    {
      command: 'diff',
      describe: 'Show what a deployment would change',
      load: async () => (await import('../aws/diff.ts')).diffAction,
    },
    {
      command: 'deploy',
      describe: 'Deploy it, or bring what is deployed up to date',
      load: async () => (await import('../aws/deploy.ts')).deployAction,
    },
    {
      command: 'outputs',
      describe: 'Print the addresses of what is deployed, and fetch its key',
      load: async () => (await import('../aws/outputs.ts')).outputsAction,
    },
    {
      command: 'aside <action>',
      describe: 'List what was not understood or refused, give it another try, or drop it',
      load: async () => (await import('../aws/aside.ts')).asideAction,
    },
    {
      command: 'redrive',
      describe: 'Give messages by MQTT that were given up another try',
      load: async () => (await import('../aws/redrive.ts')).redriveAction,
    },
    {
      command: 'republish',
      describe: 'Tell CloudWatch the exact metric again, from the table',
      load: async () => (await import('../aws/republish.ts')).republishAction,
    },
    {
      command: 'carry-over',
      describe: "Bring over the hours of the guide's hand-made table",
      load: async () => (await import('../aws/carry-over.ts')).carryOverAction,
    },
    {
      command: 'destroy',
      describe: 'Delete what is deployed; its data stays unless asked',
      load: async () => (await import('../aws/destroy.ts')).destroyAction,
    },
    {
      command: 'local',
      describe: 'Run it on this machine, without an account',
      load: async () => (await import('../aws/local.ts')).localAction,
    },
  ],
};
