/** What Lambda loads for the table's stream: reads the environment once and wires stream.ts to AWS. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { Deadline } from './deadline.ts';
import { streamSettings } from './environment.ts';
import { REQUEST_HANDLER, shelves } from './parts.ts';
import { type StreamHandler, streamHandler } from './stream.ts';
import { powertoolsTally } from './tally.ts';

const { namespace, guideMetric, ...aside } = streamSettings(process.env);
const deadline = new Deadline();
const shelfOf = shelves(aside, deadline);

export const handler: StreamHandler = streamHandler({
  cloudWatch: {
    ...{ client: new CloudWatchClient({ requestHandler: REQUEST_HANDLER }), namespace },
    ...{ now: Date.now, deadline: deadline.at },
  },
  guideMetric,
  records: shelfOf('record'),
  data: shelfOf('datum'),
  now: Date.now,
  deadline,
  log: new Logger(),
  tally: powertoolsTally(new Metrics()),
});
