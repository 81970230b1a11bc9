/** What Azure Functions loads: reads the environment once, wires the functions to Azure, and registers them. */
import { app } from '@azure/functions';
import { Deadline } from '../../../ingest/deadline.ts';
import { settingsOf } from './environment.ts';
import { partsOf } from './parts.ts';
import { SCHEDULE, sweepHandler } from './sweep.ts';
import { METHODS, webhookHandler } from './webhook.ts';

const settings = settingsOf(process.env);
const [deadline, now] = [new Deadline(), Date.now];
const { store, sink } = partsOf(settings, deadline, now);
const { header } = settings;

app.http('webhook', {
  route: 'webhook',
  // Azure demands a function key, of every method.
  authLevel: 'function',
  methods: [...METHODS],
  handler: webhookHandler({ store, now, deadline, ...(header === undefined ? {} : { header }) }),
});

app.timer('sweep', {
  schedule: SCHEDULE,
  // The time of the last run is kept: one that was missed is made up for.
  useMonitor: true,
  runOnStartup: false,
  handler: sweepHandler({ outbox: store.outbox(), sink, now, deadline }),
});
