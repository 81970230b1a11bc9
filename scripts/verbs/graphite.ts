/** `mts graphite`: what a Graphite server needs to keep presses by the hour. */
import type { Actions } from '../cli.ts';

export const graphiteVerb: Actions = {
  examples: [
    ['graphite schemas', "The lines for carbon's configuration"],
    ['graphite schemas --carbon-conf-dir /etc/carbon', 'And what is wrong with a configuration'],
  ],
  actions: [
    {
      command: 'schemas',
      describe: 'Print the lines that carbon needs, and check a configuration or a server',
      load: async () => (await import('../graphite/schemas.ts')).schemasAction,
    },
  ],
};
