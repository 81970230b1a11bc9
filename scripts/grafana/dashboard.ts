/** `mts dashboard grafana`: the dashboard as JSON, and on request the files that provision it and its data source. */
import { resolve } from 'node:path';
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Io, Verb } from '../cli.ts';
import { withBuilders } from './optional.ts';
import { grafanaFrom, grafanaOptions } from './words.ts';

type Args = InferredOptionTypes<typeof grafanaOptions>;

export const grafanaAction: Verb<Args> = (io) => ({
  examples: [
    ['dashboard grafana --platform influxdb > presses.json', 'To be imported: Dashboards, New, Import'],
    [
      'dashboard grafana --platform influxdb --url http://db:8086 --token --out ./grafana',
      'All that Grafana needs, for InfluxDB 2',
    ],
    ['dashboard grafana --platform graphite --prefix lab.presses --out ./grafana', 'Of metrics with another prefix'],
    ['dashboard grafana --platform aws --prefix test_ --region eu-west-1', 'Of the deployment with --prefix test_'],
    [
      'dashboard grafana --platform azure --resource /subscriptions/… --out ./grafana',
      'Of the resource that the metric is told of',
    ],
    ['dashboard grafana --platform google --project my-project', 'Of one project'],
    ['dashboard grafana --platform google --prefix test-', 'Of the deployment with --prefix test-'],
  ],
  builder: (yargs) => yargs.options(grafanaOptions),
  handler: (args) => dashboard(args, io),
});

async function dashboard(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const plan = grafanaFrom(args);
  const { title, queries, source } = await withBuilders(async () =>
    (await import('./platforms.ts')).grafanaTarget(plan),
  );
  const { dashboardOf, dashboardText } = await import('../../cloud/dashboard/grafana/dashboard.ts');
  const uid = `mbed-presses-${plan.platform}`;
  const identity = { name: `Button presses in ${title}`, uid: `mbed-${plan.platform}` };
  const made = dashboardOf({ platform: title, uid, queries, ...(args.out === undefined ? {} : { chosen: identity }) });
  if (args.out !== undefined) {
    const { provisioned } = await import('../../cloud/dashboard/grafana/provisioning.ts');
    const { writeFiles } = await import('./files.ts');
    const folder = resolve(args.out);
    const files = provisioned({ source: source(identity), uid, dashboard: dashboardText(made), folder });
    for (const file of await writeFiles(folder, files, args.force)) io.err(`written: ${file}\n`);
  }
  await io.out(args.json ? `${JSON.stringify(made)}\n` : dashboardText(made));
}
