/**
 * S3 on this machine, path-style: PutObject, GetObject, HeadObject, DeleteObject, ListObjectsV2, CreateBucket and HeadBucket. What
 * is not here is answered NotImplemented: versions, parts of objects, copies, policies.
 */
import { Faults } from '../faults.ts';
import { Refusal } from '../refusal.ts';
import { response, type ServiceAnswer, type ServiceRequest, type ServiceResponse, type World } from '../wire.ts';
import { type Address, readAddress } from './address.ts';
import { refuse } from './errors.ts';
import { listObjects } from './list.ts';
import type { ObjectHead, Objects } from './objects.ts';
import { readPut } from './put.ts';
import { document, element } from './xml.ts';

export interface S3 {
  handle(request: ServiceRequest): Promise<ServiceAnswer>;
  readonly faults: Faults;
  readonly objects: Objects;
}

export function newS3(objects: Objects, world: World): S3 {
  const faults = new Faults(world);
  const failed = (request: ServiceRequest, error: Refusal) => errorAnswer(request, error, world.newId());
  return {
    faults,
    objects,
    handle: (request) => {
      const operation = operationOf(request);
      const answers = {
        throttle: () => failed(request, refuse('SlowDown', 'Please reduce your request rate.')),
        error: () => failed(request, refuse('InternalError', 'We encountered an internal error. Please try again.')),
      };
      const answer = async (): Promise<ServiceAnswer> => {
        try {
          const { headers, ...rest } = await answerTo(operation, request, objects, world);
          return { ...rest, headers: { 'x-amz-request-id': world.newId(), ...headers } };
        } catch (error) {
          if (error instanceof Refusal) return failed(request, error);
          throw error;
        }
      };
      return faults.around(operation, answers, answer, request.signal);
    },
  };
}

const OF_BUCKETS: Readonly<Record<string, string>> = { GET: 'ListObjectsV2', PUT: 'CreateBucket', HEAD: 'HeadBucket' };
const OF_OBJECTS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

/** Its name, or the empty string where there is none; the address may be wrong still. */
function operationOf({ method, path }: ServiceRequest): string {
  const ofBucket = /^\/[^/?]*\/?(\?|$)/.test(path);
  const names = ofBucket ? OF_BUCKETS : OF_OBJECTS;
  return Object.hasOwn(names, method) ? names[method]! : '';
}

async function answerTo(operation: string, request: ServiceRequest, objects: Objects, world: World) {
  checkSigned(request);
  const address = readAddress(request.path);
  const { bucket, key } = address;
  if (bucket === '') throw refuse('NotImplemented', 'Of the service itself, nothing is implemented.');
  if (operation === 'CreateBucket') return createBucket(objects, bucket);
  if (!(await objects.hasBucket(bucket))) throw refuse('NoSuchBucket', 'The specified bucket does not exist');
  if (key !== '') checkQuery(address);
  switch (operation) {
    case 'HeadBucket':
      return response(200, {});
    case 'ListObjectsV2':
      return response(200, { 'content-type': 'application/xml' }, await listObjects(objects, address));
    case 'PutObject':
      return putObject(objects, address, request, world.now());
    case 'GetObject': {
      const found = await objects.get(bucket, key);
      if (found === undefined) throw noSuchKey();
      return response(200, headersOf(found), found.body);
    }
    case 'HeadObject': {
      const found = await objects.head(bucket, key);
      if (found === undefined) throw noSuchKey();
      return response(200, headersOf(found));
    }
    case 'DeleteObject':
      await objects.delete(bucket, key);
      return response(204, {});
    default:
      throw refuse('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }
}

/** The signature itself is not verified, but that there is one, and the header that S3 wants with it. */
function checkSigned({ headers }: ServiceRequest): void {
  if (!headers.authorization) throw refuse('AccessDenied', 'Access Denied');
  if (headers['x-amz-content-sha256'] === undefined) {
    throw refuse('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
}

/** Of objects, a query asks for what is not implemented, but for the name that the SDK puts there. */
function checkQuery({ query }: Address): void {
  const other = [...query.keys()].find((name) => name !== 'x-id');
  if (other !== undefined) throw refuse('NotImplemented', `${other} is not implemented.`);
}

async function createBucket(objects: Objects, bucket: string): Promise<ServiceResponse> {
  if (await objects.makeBucket(bucket)) return response(200, { location: `/${bucket}` });
  throw refuse('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded.');
}

async function putObject(objects: Objects, { bucket, key }: Address, request: ServiceRequest, now: number) {
  const { object, onlyNew } = readPut(request, now);
  if (await objects.put(bucket, key, object, onlyNew)) return response(200, { etag: `"${object.etag}"` });
  throw refuse('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

function noSuchKey(): Refusal {
  return refuse('NoSuchKey', 'The specified key does not exist.');
}

function headersOf({ etag, size, modifiedAt, contentType, metadata }: ObjectHead): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    etag: `"${etag}"`,
    'content-length': String(size),
    'content-type': contentType,
    'last-modified': new Date(modifiedAt).toUTCString(),
  };
}

function errorAnswer({ method, path }: ServiceRequest, { kind, message }: Refusal, id: string): ServiceResponse {
  const inside = [
    element('Code', kind.type),
    element('Message', message),
    element('Resource', path.split('?')[0]!),
    element('RequestId', id),
  ];
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': id };
  return response(kind.status, headers, method === 'HEAD' ? '' : document('Error', inside.join('')));
}
