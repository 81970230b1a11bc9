/**
 * What became of a request, by the error that came back: codes of gRPC.
 * https://cloud.google.com/firestore/docs/use-rest-api#error_codes · https://grpc.io/docs/guides/status-codes/
 */
import { types } from 'node:util';
import type { Failure } from '../../../ingest/patience.ts';
import { StoreError } from '../../../protocol/errors.ts';

/** NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION: the condition did not hold. */
const REFUSED = new Set([5, 6, 9]);
/** RESOURCE_EXHAUSTED, ABORTED: nothing was done. */
const BUSY = new Set([8, 10]);
/** CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE. */
const UNKNOWN = new Set([1, 2, 4, 13, 14]);

interface GrpcError extends Error {
  readonly code?: number | string;
  /** The code that came, where the library was told another (one-try.ts). */
  readonly answered?: number;
}

/** No answer in time: nobody knows what became of it. */
export class Unanswered extends Error {}

/** Sorts what a request was rejected with; what is no error of a request at all is a bug of ours and thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof StoreError) return { kind: 'hopeless', error };
  if (error instanceof Unanswered) return { kind: 'unknown' };
  if (!types.isNativeError(error)) throw error;
  const { name, message, code: told, answered: code = told } = error as GrpcError;
  // A query whose index is missing has the code of a condition.
  if (code === 9 && /requires an? .*index/i.test(message)) return { kind: 'hopeless', error: storeDown(error) };
  // So has a database that is not there.
  if (code === 5 && /database/i.test(message)) return { kind: 'hopeless', error: storeDown(error) };
  if (typeof code === 'number') {
    if (REFUSED.has(code)) return { kind: 'refused' };
    if (BUSY.has(code)) return { kind: 'busy' };
    if (UNKNOWN.has(code)) return { kind: 'unknown' };
    return { kind: 'hopeless', error: storeDown(error) };
  }
  if (typeof code === 'string') return { kind: 'unknown' };
  // Credentials that cannot be found have no code.
  if (/credential|authenticat|project id/i.test(message)) return { kind: 'hopeless', error: storeDown(error) };
  if (name === 'TypeError' || name === 'ReferenceError' || code === undefined) throw error;
  return { kind: 'unknown' };
}

export function storeDown(error: unknown): StoreError {
  const { message, code: told, answered: code = told } = error as GrpcError;
  const fix = 'Check the project, the database and its indexes, the credentials and what they may do.';
  return new StoreError('STORE_DOWN', `Firestore could not be used: ${code ?? ''} ${message.split('\n')[0]}`, fix, {
    cause: error,
  });
}
