/**
 * The JSON 1.0 protocol of AWS, as CloudWatch and SQS speak it: every request is a POST that names its operation in
 * `x-amz-target`, bodies are JSON, and errors carry the older query protocol's code in a header beside.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html and aws-query-protocol.html#awsquerycompatible-trait
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FaultAnswers, Faults } from './faults.ts';
import { Fields } from './fields.ts';
import { GENERAL, Refusal, type RefusalKind } from './refusal.ts';
import { response, type ServiceAnswer, type ServiceRequest, type ServiceResponse } from './wire.ts';

export type Operation = (input: Fields, request: ServiceRequest) => object | Promise<object>;

export interface JsonService {
  readonly operations: ReadonlyMap<string, Operation>;
  /** Bytes of a request's body, inflated where it came compressed. */
  readonly bodyLimit: number;
  readonly throttled: RefusalKind;
  readonly broken: RefusalKind;
  readonly faults: Faults;
  readonly newId: () => string;
}

/** Answers one request for `operation`, the part of `x-amz-target` after the dot. */
export function answerJson(service: JsonService, operation: string, request: ServiceRequest): Promise<ServiceAnswer> {
  const answer = async (): Promise<ServiceAnswer> => {
    try {
      return json(service, 200, await work(service, operation, request));
    } catch (error) {
      if (error instanceof Refusal) return refused(service, error);
      throw error;
    }
  };
  return service.faults.around(operation, faultAnswers(service), answer, request.signal);
}

async function work(service: JsonService, operation: string, request: ServiceRequest): Promise<object> {
  if (request.method !== 'POST') throw new Refusal(GENERAL.unknownOperation, 'operations are asked for by POST');
  if (!request.headers.authorization) throw new Refusal(GENERAL.unsigned, 'Missing Authentication Token');
  const run = service.operations.get(operation);
  if (run === undefined) throw new Refusal(GENERAL.unknownOperation, `operation ${operation} is not known here`);
  return run(parse(await inflated(request, service.bodyLimit)), request);
}

const inflate = promisify(gunzip);

/** The SDK's CloudWatch client compresses bodies of 10,240 bytes and more. */
async function inflated(request: ServiceRequest, limit: number): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (request.body.length > limit) throw tooLarge(request.body.length, limit);
  if (encoding === '' || encoding === 'identity') return request.body;
  if (encoding !== 'gzip') throw new Refusal(GENERAL.malformed, `content-encoding ${encoding} is not supported`);
  try {
    return await inflate(request.body, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(undefined, limit);
    throw new Refusal(GENERAL.malformed, 'the body is not gzip');
  }
}

function tooLarge(bytes: number | undefined, limit: number): Refusal {
  return new Refusal(GENERAL.tooLarge, `Request size ${bytes ?? '(inflated)'} exceeded ${limit} bytes`);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(body: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    throw new Refusal(GENERAL.malformed, 'the body is not JSON');
  }
  return new Fields(value);
}

function faultAnswers(service: JsonService): FaultAnswers {
  return {
    throttle: () => refused(service, new Refusal(service.throttled, 'Rate exceeded')),
    error: () => refused(service, new Refusal(service.broken, 'We encountered an internal error. Please try again.')),
  };
}

function refused(service: JsonService, { kind, message }: Refusal): ServiceResponse {
  const fault = kind.status < 500 ? 'Sender' : 'Receiver';
  const code = kind.queryCode ?? kind.type.replace(/^.*#/, '');
  const headers = { 'x-amzn-query-error': `${code};${fault}` };
  return json(service, kind.status, { __type: kind.type, message }, headers);
}

function json(service: JsonService, status: number, body: object, headers: Record<string, string> = {}) {
  const always = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': service.newId() };
  return response(status, { ...always, ...headers }, JSON.stringify(body));
}
