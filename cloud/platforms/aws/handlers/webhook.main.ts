/** What Lambda loads as the webhook: reads the environment once and wires webhook.ts to AWS. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Deadline } from './deadline.ts';
import { webhookSettings } from './environment.ts';
import { countingStore } from './parts.ts';
import { powertoolsTally } from './tally.ts';
import { type WebhookHandler, webhookHandler } from './webhook.ts';

const settings = webhookSettings(process.env);
const deadline = new Deadline();

export const handler: WebhookHandler = webhookHandler({
  store: countingStore(settings, deadline),
  now: Date.now,
  deadline,
  log: new Logger(),
  tally: powertoolsTally(new Metrics()),
  ...(settings.header === undefined ? {} : { header: settings.header }),
});
