/**
 * What Lambda tells a queue of records that it gave up: where they are in the stream, not what they hold. Pure.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html#services-dynamodb-errors-destinations
 */
import type { Discarded } from './batch.ts';

export interface FailureOrigin {
  readonly functionArn: string;
  readonly streamArn: string;
  readonly shardId: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export function streamFailureMessage(
  { records, condition, invocations, last }: Discarded,
  origin: FailureOrigin,
): string {
  const { functionArn, streamArn, shardId, requestId, at } = origin;
  const [first, final] = [records[0]!, records.at(-1)!];
  const answered = last === undefined ? {} : { responseContext: responseContext(last.failed) };
  return JSON.stringify({
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invocations },
    ...answered,
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: final.sequenceNumber,
      approximateArrivalOfFirstRecord: seconds(first.createdAt),
      approximateArrivalOfLastRecord: seconds(final.createdAt),
      batchSize: records.length,
      streamArn,
    },
  });
}

function responseContext(failed: boolean): object {
  return { statusCode: 200, executedVersion: '$LATEST', functionError: failed ? 'Unhandled' : null };
}

function seconds(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
