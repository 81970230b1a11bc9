/** What Lambda loads for the IoT rule: reads the environment once and wires iot.ts to AWS. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Deadline } from './deadline.ts';
import { countingSettings } from './environment.ts';
import { type IotHandler, iotHandler } from './iot.ts';
import { countingStore } from './parts.ts';
import { powertoolsTally } from './tally.ts';

const deadline = new Deadline();

export const handler: IotHandler = iotHandler({
  store: countingStore(countingSettings(process.env), deadline),
  now: Date.now,
  deadline,
  log: new Logger(),
  tally: powertoolsTally(new Metrics()),
});
