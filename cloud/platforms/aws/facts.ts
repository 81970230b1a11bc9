/** What `mts platforms` says of AWS. All of it is told at length in README.md beside this file. */
import type { PlatformFacts } from '../../ingest/platform-facts.ts';

export const facts: PlatformFacts = {
  name: 'aws',
  store: 'DynamoDB (dynamodb), behind API Gateway and Lambda; its stream carries changed hours over',
  sink: 'CloudWatch (cloudwatch), with a dashboard',
  needs:
    'An AWS account, and a profile that may deploy with the CDK. On this machine instead: a Java runtime, for DynamoDB Local; the rest is stood in for.',
  exact:
    'Counts: each press once; state and hour change in one write with a condition. Graph: the metric PressesPerHour read with ' +
    "Maximum over an hour, which a repetition does not change; the guide's own metrics, read with Sum, can be too high.",
  cost:
    'Most of it is CloudWatch, by metrics: one a board and month, two with those of the guide (--guide-metric off leaves ' +
    'them out); then requests of API Gateway, Lambda and DynamoDB. https://aws.amazon.com/cloudwatch/pricing/',
  limits: [
    'CloudWatch takes nothing older than two weeks, and a graph shows 500 boards by name at most; the table has them all.',
    'The graph has no board whose name is not printable ASCII: it is counted in the table alone.',
    'A message of more than 4.5 MB is refused before any code of ours runs, and each is worked on for 15 s at most.',
    'An on-demand table begins with 4,000 write units a second; what does not fit is answered 503 and sent again.',
  ],
  start: ['up --platform aws', 'aws local --data ./aws', 'aws deploy --region eu-west-1 --bootstrap', 'aws synth'],
};
