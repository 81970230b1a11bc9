/** `mts webhook`: the notification callback of an API key at a Connector v2 service. Its actions are files beside this. */
import type { Actions } from '../cli.ts';

export const webhookVerb: Actions = {
  examples: [
    ['webhook register --key-file api-key.txt --url https://example.com/webhook --header-file key.txt', 'Register'],
    ['webhook show --key-file api-key.txt', 'What is registered now'],
  ],
  actions: [
    {
      command: 'register',
      describe: 'Have the service send events to a URL, in place of what was registered',
      load: async () => (await import('./webhook-register.ts')).registerVerb,
    },
    {
      command: 'show',
      describe: 'Print what is registered, without the values of its headers',
      load: async () => (await import('./webhook-show.ts')).showVerb,
    },
    {
      command: 'delete',
      describe: 'Delete what is registered; subscriptions and unsent events go with it',
      load: async () => (await import('./webhook-delete.ts')).deleteVerb,
    },
  ],
};
