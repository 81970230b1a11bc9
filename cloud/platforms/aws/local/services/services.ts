/**
 * CloudWatch, S3 and SQS on this machine, behind one address: requests are told apart as AWS's own names do it, by
 * `x-amz-target`; those without one are S3's.
 *
 * No socket is opened here (server.ts does that), and time, chance and the data folder are handed in.
 */
import { join } from 'node:path';
import {
  REQUEST_LIMIT as CLOUDWATCH_LIMIT,
  CLOUDWATCH_TARGET,
  type CloudWatch,
  newCloudWatch,
} from './cloudwatch/cloudwatch.ts';
import { openServicesDatabase } from './database.ts';
import { folderObjects } from './s3/folder-objects.ts';
import { memoryObjects } from './s3/memory-objects.ts';
import { BODY_LIMIT } from './s3/put.ts';
import { newS3, type S3 } from './s3/s3.ts';
import { newSqs, REQUEST_LIMIT as SQS_LIMIT, SQS_TARGET, type Sqs } from './sqs/sqs.ts';
import { response, type ServiceAnswer, type ServiceRequest, type World } from './wire.ts';

/** Within the data folder: the bucket's objects. */
const BUCKETS_FOLDER = 'buckets';

export interface ServicesOptions extends World {
  /** Where metrics, messages and objects are kept; without it they go with the process. */
  readonly dir?: string;
  /** Buckets that are there from the start. */
  readonly buckets?: readonly string[];
  /** Queues that are there from the start, with the service's defaults. */
  readonly queues?: readonly string[];
}

export interface AwsServices {
  /** Refusals are answers. Rejects only when this machine fails: a full disk, or a bug. */
  handle(request: ServiceRequest): Promise<ServiceAnswer>;
  readonly cloudwatch: CloudWatch;
  readonly s3: S3;
  readonly sqs: Sqs;
  /** No request may be under way. */
  close(): void;
}

/** OutsideError FILE when the folder cannot be used. */
export async function awsServices(options: ServicesOptions): Promise<AwsServices> {
  const { dir, buckets = [], queues = [] } = options;
  const objects = dir === undefined ? memoryObjects() : folderObjects(join(dir, BUCKETS_FOLDER), options.newId);
  for (const bucket of buckets) await objects.makeBucket(bucket);
  const db = openServicesDatabase(dir);
  const cloudwatch = newCloudWatch(db, options);
  const s3 = newS3(objects, options);
  const sqs = newSqs(db, options);
  for (const queue of queues) sqs.makeQueue(queue);
  return {
    cloudwatch,
    s3,
    sqs,
    handle: async (request) => {
      const [target, operation = ''] = targetOf(request);
      switch (target) {
        case CLOUDWATCH_TARGET:
          return cloudwatch.handle(operation, request);
        case SQS_TARGET:
          return sqs.handle(operation, request);
        case '':
          return s3.handle(request);
        default:
          return unknownService();
      }
    },
    close: () => db.close(),
  };
}

/** Bytes of a body that are worth reading: one more is refused by the service, however many follow. */
export function bodyLimitOf(request: Pick<ServiceRequest, 'headers'>): number {
  const [target] = targetOf(request);
  if (target === CLOUDWATCH_TARGET) return CLOUDWATCH_LIMIT;
  if (target === SQS_TARGET) return SQS_LIMIT;
  return target === '' ? BODY_LIMIT : 0;
}

/** Service and operation; a target without a dot names no operation. */
function targetOf({ headers }: Pick<ServiceRequest, 'headers'>): string[] {
  return (headers['x-amz-target'] ?? '').split('.', 2);
}

function unknownService(): ServiceAnswer {
  const body = {
    __type: 'com.amazon.coral.service#UnknownOperationException',
    message: 'this service is not known here',
  };
  return response(400, { 'content-type': 'application/x-amz-json-1.0' }, JSON.stringify(body));
}
