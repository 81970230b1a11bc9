/** What Google loads for the schedule: reads the environment once and wires sweep.ts to Firestore and Cloud Monitoring. */
import { setTimeout } from 'node:timers/promises';
import { http } from '@google-cloud/functions-framework';
import { Deadline } from '../../../ingest/deadline.ts';
import { monitoringClient } from '../monitoring/client.ts';
import { monitoringSink } from '../monitoring/sink.ts';
import { defaultToken } from '../monitoring/token.ts';
import { SWEEP_TARGET } from '../names.ts';
import { sweepSettings } from './environment.ts';
import { jsonLog } from './log.ts';
import { NO_SHELF } from './no-shelf.ts';
import { openStore } from './parts.ts';
import { sweepFunction } from './sweep.ts';

const settings = sweepSettings(process.env);
const { project, metricType, monitoringEndpoint } = settings;
const deadline = new Deadline();
const store = openStore(settings, NO_SHELF, deadline);
const where = monitoringEndpoint === undefined ? { token: defaultToken() } : { endpoint: monitoringEndpoint };

http(
  SWEEP_TARGET,
  sweepFunction({
    outbox: store.outbox(),
    sink: monitoringSink({
      ...{
        client: monitoringClient({ project, metricType, ...where }),
        told: store.told(),
        now: Date.now,
        deadline: deadline.at,
      },
      sleep: (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    }),
    ...{ now: Date.now, deadline, log: jsonLog((line) => process.stdout.write(line)) },
  }),
);
