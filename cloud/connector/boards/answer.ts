/** What a board answered, or why it did not, in the terms of HTTP that the API has (Pelion OpenAPI of 29 April 2020). */
import { isSuccess } from '../../protocol/coap/codes.ts';
import type { CoapMessage } from '../../protocol/coap/message.ts';
import { OPTIONS, optionUint } from '../../protocol/coap/options.ts';
import { ExchangeError } from '../../protocol/coap/peer.ts';
import { FormatError } from '../../protocol/errors.ts';
import type { BoardAnswer } from './boards.ts';

export const NOT_CONNECTED: BoardAnswer = { status: 503, error: 'NOT_CONNECTED' };
export const TIMEOUT: BoardAnswer = { status: 504, error: 'TIMEOUT' };
export const QUEUE_IS_FULL: BoardAnswer = { status: 429, error: 'QUEUE_IS_FULL' };
export const REMOVED: BoardAnswer = { status: 429, error: 'DEVICE_REMOVED_REGISTRATION' };
export const TOO_LARGE: BoardAnswer = { status: 413, error: 'REQUEST_ENTITY_TOO_LARGE' };
export const NOT_OBSERVABLE: BoardAnswer = { status: 412, error: 'NOT_OBSERVABLE' };

/** RFC 7252 §5.10.5: without the option. */
const DEFAULT_MAX_AGE_S = 60;

export function answerOf({ code, options, payload }: CoapMessage): BoardAnswer {
  // 4.04 is 404; a success of any kind is one.
  const status = isSuccess(code) ? 200 : (code >> 5) * 100 + (code & 0x1f);
  const contentFormat = uint(options, OPTIONS.ContentFormat);
  return {
    status,
    ...(isSuccess(code) ? {} : { error: `COAP_${code >> 5}.${String(code & 0x1f).padStart(2, '0')}` }),
    payload,
    ...(contentFormat === undefined ? {} : { contentFormat }),
    maxAgeS: uint(options, OPTIONS.MaxAge) ?? DEFAULT_MAX_AGE_S,
  };
}

/** Undefined: it is a mistake of ours. */
export function answerOfFailure(error: unknown): BoardAnswer | undefined {
  if (error instanceof FormatError) return { status: 502, error: 'BAD_ANSWER' };
  if (!(error instanceof ExchangeError)) return undefined;
  if (error.how === 'closed') return NOT_CONNECTED;
  return error.how === 'timeout' ? TIMEOUT : { status: 502, error: 'RESET' };
}

/** A value that is too long is as good as none. */
export function uint(options: CoapMessage['options'], number: number): number | undefined {
  try {
    return optionUint(options, number);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
