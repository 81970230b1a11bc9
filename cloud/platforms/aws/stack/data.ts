/** What holds data: the table, the bucket of what is set aside, and the queue that says why. */
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import { acknowledge } from './acknowledge.ts';

export interface Data {
  readonly table: Table;
  readonly bucket: Bucket;
  readonly queue: Queue;
}

export function addData(scope: Construct, names: Names): Data {
  return { table: addTable(scope, names), bucket: addBucket(scope, names), queue: addQueue(scope, names) };
}

/** The truth. A stack that goes leaves it behind, and one that comes with the same names takes it up again. */
function addTable(scope: Construct, names: Names): Table {
  return new Table(scope, 'Table', {
    tableName: names.table,
    partitionKey: { name: 'Endpoint', type: AttributeType.STRING },
    sortKey: { name: 'EventHour', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    // With a key that DynamoDB owns: no cost, no permission of ours to go wrong.
    encryption: TableEncryption.DEFAULT,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // The old image tells by how much an hour grew: the guide's metric is written from it.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

function addBucket(scope: Construct, names: Names): Bucket {
  const bucket = new Bucket(scope, 'Aside', {
    bucketName: `${names.bucket}-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // Keys are digests of what they hold and are written once: there is nothing to keep older versions of.
    versioned: false,
    // What nobody looked at stays, since it holds presses that are not counted yet; only what never came whole goes.
    lifecycleRules: [{ id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'Only the functions write here, and they log what they set aside; a second bucket of access logs would say the same.',
  );
  return bucket;
}

/** What failed, why, and where it lies: from the handlers, the stream's reader, the IoT rule and Lambda itself. */
function addQueue(scope: Construct, names: Names): Queue {
  const queue = new Queue(scope, 'Failures', {
    queueName: names.failureQueue,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // The longest that SQS keeps.
    retentionPeriod: Duration.days(14),
  });
  acknowledge(
    queue,
    'AwsSolutions-SQS3',
    'This is the queue for what failed: people read it, no program that could fail.',
  );
  return queue;
}
