/**
 * What became of a write, by the error that came back.
 *
 *   refused     the condition did not hold; the item as it is, where DynamoDB says so
 *   busy        throttled, or another transaction was at it: nothing was written, the same may be tried later
 *   unknown     no answer, or a failure inside DynamoDB: it may have been written
 *   hopeless    no later try will do: no such table, no permission
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
import { types } from 'node:util';
import { StoreError } from '../../../protocol/errors.ts';
import type { Item } from './keys.ts';

export type Failure =
  | { readonly kind: 'refused'; readonly item: Item | undefined }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'hopeless'; readonly error: StoreError };

const BUSY = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'ThrottlingError',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'TransactionInProgressException',
  'LimitExceededException',
]);
/** Reasons of a cancelled transaction that are not ours to mend but will pass. */
const BUSY_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Of a program, not of a connection; whatever else has no status is that no whole answer came. */
const BUGS = new Set(['TypeError', 'ReferenceError']);

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly Item?: Item;
  readonly CancellationReasons?: readonly { readonly Code?: string; readonly Item?: Item }[];
}

/** Sorts what a request was rejected with; what is no error of a request at all is a bug of ours and thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof StoreError) return { kind: 'hopeless', error };
  if (!types.isNativeError(error)) throw error;
  const { name, Item: item, CancellationReasons: reasons = [], $metadata } = error as SdkError;
  if (name === 'ConditionalCheckFailedException') return { kind: 'refused', item };
  if (BUSY.has(name)) return { kind: 'busy' };
  if (name === 'TransactionCanceledException') {
    const refused = reasons.find(({ Code }) => Code === 'ConditionalCheckFailed');
    if (refused !== undefined) return { kind: 'refused', item: refused.Item };
    if (reasons.some(({ Code = '' }) => BUSY_REASONS.has(Code))) return { kind: 'busy' };
    return { kind: 'hopeless', error: storeDown(error) };
  }
  const status = $metadata?.httpStatusCode;
  if (BUGS.has(name)) throw error;
  if (name === 'CredentialsProviderError') return { kind: 'hopeless', error: storeDown(error) };
  if (status === undefined || status >= 500) return { kind: 'unknown' };
  return { kind: 'hopeless', error: storeDown(error) };
}

export function storeDown(error: unknown): StoreError {
  const name = types.isNativeError(error) ? `${error.name}: ${error.message}` : String(error);
  return new StoreError('STORE_DOWN', `DynamoDB could not be used: ${name}`, FIX, { cause: error });
}

const FIX = 'Check the table, the region, the credentials and what they may do.';
