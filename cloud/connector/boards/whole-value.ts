/** Values that are larger than a message: the first block comes, the others are fetched (RFC 7959 §2.4, §2.6). */
import { isSuccess, METHODS } from '../../protocol/coap/codes.ts';
import type { CoapMessage } from '../../protocol/coap/message.ts';
import { OPTIONS, pathOptions } from '../../protocol/coap/options.ts';
import { fetchRest, isPart } from '../../protocol/coap/whole-request.ts';
import { answerOfFailure } from './answer.ts';
import type { BoardAnswer } from './boards.ts';
import type { OnRefused } from './refused.ts';
import type { Session } from './session.ts';
import type { BoardSettings } from './settings.ts';

export interface WholeValueParts {
  readonly settings: Pick<BoardSettings, 'mostBodyBytes'>;
  readonly onRefused: OnRefused;
}

/** The response with all of its value; or why that cannot be had, which is told: a part is no value. */
export async function wholeValue(
  { settings, onRefused }: WholeValueParts,
  session: Session,
  path: string,
  response: CoapMessage,
): Promise<CoapMessage | BoardAnswer> {
  if (!isSuccess(response.code) || !isPart(response)) return response;
  const asked = { code: METHODS.GET, token: response.token, options: pathOptions(OPTIONS.UriPath, path) };
  const limits = { mostBytes: settings.mostBodyBytes, nextToken: () => session.token() };
  try {
    return await fetchRest(session.peer, asked, response, limits);
  } catch (error) {
    const answer = answerOfFailure(error);
    if (answer === undefined) throw error;
    onRefused('value', session.connection.peer, `${path}: ${(error as Error).message}`);
    return answer;
  }
}

/** Whether it has the value that was told last, as far as a part can say. */
export function isSameValue(told: Uint8Array, response: CoapMessage): boolean {
  const { payload } = response;
  return Buffer.compare(isPart(response) ? told.subarray(0, payload.length) : told, payload) === 0;
}
