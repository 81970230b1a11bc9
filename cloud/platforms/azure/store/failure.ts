/**
 * What became of a request, by the error that came back.
 * https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
 */
import { types } from 'node:util';
import type { Failure } from '../../../ingest/patience.ts';
import { StoreError } from '../../../protocol/errors.ts';

/** The condition did not hold: another ETag, an entity that is there, one that is not. */
const REFUSED = new Set([404, 409, 412]);
const BUSY_STATUS = new Set([408, 429, 503]);

interface RestError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

/** Sorts what a request was rejected with; what is no error of a request at all is a bug of ours and thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof StoreError) return { kind: 'hopeless', error };
  if (!types.isNativeError(error)) throw error;
  const { name, statusCode, code } = error as RestError;
  if (name === 'TypeError' || name === 'ReferenceError') throw error;
  const hopeless = { kind: 'hopeless', error: storeDown(error) } as const;
  if (code === 'TableNotFound' || (code === 'ResourceNotFound' && isTable(error))) return hopeless;
  // No answer, unless it was never asked: nobody said who we are.
  if (statusCode === undefined) return /credential|authenticat/i.test(name) ? hopeless : { kind: 'unknown' };
  if (REFUSED.has(statusCode)) return { kind: 'refused' };
  if (BUSY_STATUS.has(statusCode)) return { kind: 'busy' };
  return statusCode >= 500 ? { kind: 'unknown' } : hopeless;
}

/** Whether the entity was not there; the table's own absence is another error. */
export function isMissing(error: unknown): boolean {
  return (
    types.isNativeError(error) &&
    (error as RestError).statusCode === 404 &&
    (error as RestError).code !== 'TableNotFound'
  );
}

function isTable(error: Error): boolean {
  return /table specified/i.test(error.message);
}

export function storeDown(error: unknown): StoreError {
  const { name, code, message } = error as RestError;
  const why = `${code ?? name}: ${message.split('\n')[0]}`;
  return new StoreError('STORE_DOWN', `Table storage could not be used: ${why}`, FIX, { cause: error });
}

const FIX = 'Check the account, the table, the credentials and what they may do.';
