/** The table's stream into the stream function, and what becomes of what it never takes. */
import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { STREAM_FILTER, STREAM_MAPPING } from '../stream-mapping.ts';
import type { Data } from './data.ts';

export function addStream(stream: LambdaFunction, { table, queue }: Data): void {
  stream.addEventSource(
    // CDK's types were written without exactOptionalPropertyTypes.
    new DynamoEventSource(table as ITable, {
      // Nothing that was counted before the function was there is left out.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: STREAM_MAPPING.batchSize,
      maxBatchingWindow: Duration.seconds(STREAM_MAPPING.maxBatchingWindow),
      parallelizationFactor: STREAM_MAPPING.parallelizationFactor,
      retryAttempts: STREAM_MAPPING.retryAttempts,
      maxRecordAge: Duration.seconds(STREAM_MAPPING.maxRecordAge),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      filters: [{ pattern: JSON.stringify(STREAM_FILTER) }],
      onFailure: new SqsDlq(queue),
    }),
  );
}
