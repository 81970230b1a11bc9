/**
 * What goes between a function's parent and its runner, and what Lambda says of an invocation.
 *
 * Limits and error texts: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */

/** Bytes of an event, as JSON, that is waited for. */
export const SYNC_LIMIT = 6_291_456;
/** Bytes of an answer: Lambda gives it a hundred more. */
export const ANSWER_LIMIT = 6_291_556;
/** Bytes of an event that is not waited for. */
export const ASYNC_LIMIT = 1_048_576;

/** Parent to runner: one event. Times are milliseconds since 1970. */
export interface Work {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  readonly deadline: number;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMB: number;
  /** Tests: end as if by kill -9 when the handler is done, before anybody hears of it. */
  readonly killBeforeAnswer: boolean;
}

/** Runner to parent. */
export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'error'; readonly requestId: string; readonly payload: string }
  /** The entry could not be loaded: the process ends. */
  | { readonly kind: 'unloadable'; readonly payload: string };

/** What whoever invoked is told. `payload` is JSON: the handler's result, or `{ errorType, errorMessage, … }`. */
export interface Invoked {
  readonly requestId: string;
  readonly failed: boolean;
  readonly payload: string;
}

/** The event is larger than Lambda takes: its API answers 413. */
export class EventTooLarge extends Error {
  override readonly name = 'RequestEntityTooLargeException';
}

/** Lambda's words for an error that a handler threw, with its trace. */
export function thrownPayload(error: unknown): string {
  if (!(error instanceof Error))
    return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
  const { name, message, stack = '' } = error;
  return JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n') });
}

/** Lambda's words for what its runtime reports of an invocation: died, timed out. */
export function runtimePayload(errorType: string, requestId: string, message: string): string {
  return JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` });
}
