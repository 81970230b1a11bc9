/** `mts dashboard`: dashboards for programs that draw them elsewhere. The live page of our own is `mts page`. */
import type { Actions } from '../cli.ts';

export const dashboardVerb: Actions = {
  examples: [
    ['dashboard grafana --platform influxdb > presses.json', 'To be imported into Grafana'],
    ['dashboard grafana --platform graphite --out ./grafana', 'With the files that Grafana reads when it starts'],
  ],
  actions: [
    {
      command: 'grafana',
      describe: 'Print a Grafana dashboard, or write what provisions one',
      load: async () => (await import('../grafana/dashboard.ts')).grafanaAction,
    },
  ],
};
