/** What Google loads as the webhook: reads the environment once and wires webhook.ts to Firestore, Cloud Storage and Pub/Sub. */
import { http } from '@google-cloud/functions-framework';
import { Deadline } from '../../../ingest/deadline.ts';
import { WEBHOOK_TARGET } from '../names.ts';
import { takeAnyContent } from './any-content.ts';
import { webhookSettings } from './environment.ts';
import { jsonLog } from './log.ts';
import { openShelf, openStore } from './parts.ts';
import { webhookFunction } from './webhook.ts';

const settings = webhookSettings(process.env);
const deadline = new Deadline();

takeAnyContent();
http(
  WEBHOOK_TARGET,
  webhookFunction({
    store: openStore(settings, openShelf(settings), deadline),
    header: settings.header,
    ...{ now: Date.now, deadline, log: jsonLog((line) => process.stdout.write(line)) },
  }),
);
