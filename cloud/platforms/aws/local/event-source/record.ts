/** A record of DynamoDB Streams, from the SDK's form to the one that Lambda hands to functions. Pure. */
import type { _Record } from '@aws-sdk/client-dynamodb-streams';

export interface StreamRecord {
  readonly sequenceNumber: string;
  /** Milliseconds since 1970; whole seconds, as DynamoDB has them. */
  readonly createdAt: number;
  /** What the function gets. */
  readonly event: object;
  /** Of it as JSON. */
  readonly bytes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function streamRecord(record: _Record, streamArn: string): StreamRecord {
  const { dynamodb = {} } = record;
  const createdAt = dynamodb.ApproximateCreationDateTime?.getTime() ?? 0;
  const event = JSON.parse(
    JSON.stringify(
      {
        eventID: record.eventID,
        eventName: record.eventName,
        eventVersion: record.eventVersion,
        eventSource: record.eventSource,
        awsRegion: record.awsRegion,
        dynamodb: { ...dynamodb, ApproximateCreationDateTime: Math.floor(createdAt / 1000) },
        eventSourceARN: streamArn,
      },
      (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value),
    ),
  ) as object;
  return {
    sequenceNumber: dynamodb.SequenceNumber ?? '',
    createdAt,
    event,
    bytes: Buffer.byteLength(JSON.stringify(event)),
  };
}
