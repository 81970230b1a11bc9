/**
 * What a million presses a month cost on AWS, from the units that were measured and the prices that AWS publishes. Pure.
 *
 * us-east-1, in US dollars, without free tier, as published on 2026-11-25: DynamoDB on-demand
 * (aws.amazon.com/dynamodb/pricing/on-demand), Lambda on arm64 (aws.amazon.com/lambda/pricing), API Gateway REST
 * (aws.amazon.com/api-gateway/pricing), CloudWatch (aws.amazon.com/cloudwatch/pricing). Reading a stream by Lambda is free.
 * Logs, traces, alarms and the dashboard are the same for both ways, and left out.
 */

import { STREAM_MAPPING } from '../../cloud/platforms/aws/stream-mapping.ts';
import type { Measured } from './measured.ts';

const PRICES = {
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  apiRequest: 3.5 / 1e6,
  invocation: 0.2 / 1e6,
  gigabyteSecond: 0.0000133334,
  putMetricData: 0.01 / 1e3,
  /** Of the first 10,000, each month in which it is told. */
  metric: 0.3,
} as const;

const PRICED_ON = '2026-11-25, us-east-1';

/** One month of one way. */
interface Month {
  readonly messages: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Seconds that the webhook's function works. */
  readonly seconds: number;
  /** Invocations of the stream's function, and its requests to CloudWatch. */
  readonly streamInvocations: number;
  readonly streamSeconds: number;
  readonly metricRequests: number;
  readonly metrics: number;
  /** GB of memory of the two. */
  readonly webhookGb: number;
  readonly streamGb: number;
}

interface Cost {
  readonly requests: number;
  readonly functions: number;
  readonly table: number;
  readonly cloudWatch: number;
  readonly total: number;
}

function costOf(month: Month): Cost {
  const requests = month.messages * PRICES.apiRequest;
  const functions =
    (month.messages + month.streamInvocations) * PRICES.invocation +
    (month.seconds * month.webhookGb + month.streamSeconds * month.streamGb) * PRICES.gigabyteSecond;
  const table = month.writeUnits * PRICES.writeUnit + month.readUnits * PRICES.readUnit;
  const cloudWatch = month.metricRequests * PRICES.putMetricData + month.metrics * PRICES.metric;
  return { requests, functions, table, cloudWatch, total: requests + functions + table + cloudWatch };
}

const [PRESSES, BOARDS, HOURS] = [1e6, 100, 720];
const MONTH_S = HOURS * 3_600;
/** Partitions that an on-demand table begins with: 4,000 write units a second, 1,000 each. */
const SHARDS = 4;
/** Seconds that a request to DynamoDB takes, and one to CloudWatch. */
const [WRITE_S, PUT_S] = [0.005, 0.02];
const BATCH = 10_000;
/** GB: ours as deployed, and what Lambda gave in 2017 to who asked for nothing. */
const [WEBHOOK_GB, STREAM_GB, GUIDE_GB] = [1.73, 0.5, 0.125];
/** A transaction of two items takes four units where an update takes one. */
const MOVE_UNITS = 3;

/** A month of 100 boards, one message a press and in messages of 10,000: ours with both metrics, with the exact one, and the guide's. */
export function costs(): Measured[] {
  return [1, BATCH].flatMap((batch) => {
    const what = batch === 1 ? 'one by one' : `in messages of ${batch.toLocaleString('en')}`;
    const guide = costOf(guideMonth(batch)).total;
    return [2, 1].map((metrics): Measured => {
      const value = costOf(ourMonth(batch, metrics)).total;
      const name = `aws, a million presses a month of ${BOARDS} boards, ${what}, ${metrics === 2 ? 'both metrics' : 'the exact metric alone'}`;
      return { name: `${name} (prices of ${PRICED_ON})`, value, unit: 'USD', baseline: guide, ratio: guide / value };
    });
  });
}

function ourMonth(batch: number, metrics: number): Month {
  const messages = PRESSES / batch;
  const touched = Math.min(batch, BOARDS);
  // A board's hour begins with a move if anything comes in it.
  const moves = BOARDS * Math.min(HOURS, messages);
  const writes = messages * touched;
  const invocations = windows(writes);
  return {
    messages,
    writeUnits: writes + moves * MOVE_UNITS + BOARDS,
    // A function that starts anew, say once an hour, looks up every board.
    readUnits: HOURS * BOARDS,
    seconds: messages * Math.ceil(touched / 32) * WRITE_S + PRESSES * 5e-6,
    streamInvocations: invocations,
    streamSeconds: invocations * PUT_S,
    metricRequests: invocations * metrics,
    metrics: BOARDS * metrics,
    webhookGb: WEBHOOK_GB,
    streamGb: STREAM_GB,
  };
}

/** One UpdateItem a press, 32 at once; a record of the stream each, told to CloudWatch by itself. */
function guideMonth(batch: number): Month {
  const messages = PRESSES / batch;
  return {
    messages,
    writeUnits: PRESSES,
    readUnits: 0,
    seconds: (PRESSES / Math.min(batch, 32)) * WRITE_S,
    streamInvocations: Math.min(PRESSES, windows(PRESSES, 1)),
    streamSeconds: PRESSES * PUT_S,
    metricRequests: PRESSES,
    metrics: BOARDS,
    webhookGb: GUIDE_GB,
    streamGb: GUIDE_GB,
  };
}

/** Invocations for so many records over a month: a window opens with a record, and takes what comes until it closes. */
function windows(records: number, windowS: number = STREAM_MAPPING.maxBatchingWindow): number {
  const rate = records / MONTH_S / SHARDS;
  return records / (1 + rate * windowS);
}
