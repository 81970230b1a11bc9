/**
 * How Lambda reads the table's stream for the stream function: what the stack deploys, and what a stand-in on this machine
 * has to do as well.
 */

/**
 * What of the stream is worth an invocation: items that have a count. Not the list of endpoints, no state before the first press,
 * and nothing that was deleted, which has no new image.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export const STREAM_FILTER = { dynamodb: { NewImage: { EventCount: { N: [{ exists: true }] } } } } as const;

export const STREAM_MAPPING = {
  /** As many as one PutMetricData request takes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
  batchSize: 1_000,
  /** Seconds that Lambda may wait for more: changes of the same hour fold into one datum, which is paid by the request. */
  maxBatchingWindow: 20,
  /** The records' age decides, as CloudWatch may be down for hours; this is the most that can be written. */
  retryAttempts: 10_000,
  /** Seconds. A stream keeps its records for 24 h: an hour is left to hand over what was in vain. */
  maxRecordAge: 23 * 3_600,
  /** One reader a shard. The order within an endpoint would hold with more, but CloudWatch takes far more than one sends. */
  parallelizationFactor: 1,
} as const;
