/** What a deleted stack leaves behind on purpose, for whoever wants it gone as well. */

import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Account } from './account.ts';
import { explained } from './explain.ts';
import { optional } from './optional.ts';

/** Messages in the queue, about: SQS does not know it better. 0 where there is no queue any more. */
export async function messagesIn({ region, credentials }: Account, queueUrl: string): Promise<number> {
  const { GetQueueAttributesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({ region, credentials, useQueueUrlAsEndpoint: false });
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  try {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  } catch (error) {
    if (isNamed(error, 'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue')) return 0;
    throw explained(error);
  } finally {
    client.destroy();
  }
}

/** A variable that leads one service elsewhere would have another's table deleted, and the deployed one left. */
export function refuseOtherEndpoints(): void {
  const set = ['DYNAMODB', 'S3', 'SQS']
    .map((service) => `AWS_ENDPOINT_URL_${service}`)
    .find((name) => process.env[name]);
  if (set !== undefined) {
    throw new UsageError(`${set} is set, and leads elsewhere than the deployment`, `Unset ${set} first.`);
  }
}

/** Deletes the table; one that is gone is no error. */
export async function deleteTable({ region, credentials }: Account, table: string): Promise<void> {
  const { DeleteTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient({ region, credentials });
  try {
    await client.send(new DeleteTableCommand({ TableName: table }));
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException')) throw explained(error);
  } finally {
    client.destroy();
  }
}

/** Deletes the bucket and all that lies in it; one that is gone is no error. */
export async function deleteBucket({ region, credentials }: Account, bucket: string): Promise<void> {
  const { DeleteBucketCommand, DeleteObjectsCommand, S3Client, paginateListObjectsV2 } = await optional(
    () => import('@aws-sdk/client-s3'),
  );
  const client = new S3Client({ region, credentials });
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
      if (Contents.length === 0) continue;
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: Contents.map(({ Key }) => ({ Key })), Quiet: true },
        }),
      );
      const [first] = Errors;
      if (first !== undefined) throw new Error(`${first.Key}: ${first.Code}: ${first.Message}`);
    }
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!isNamed(error, 'NoSuchBucket')) throw explained(error);
  } finally {
    client.destroy();
  }
}

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
