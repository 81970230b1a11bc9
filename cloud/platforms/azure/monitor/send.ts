/**
 * One request that tells increments, and what became of it.
 *
 *   taken     Azure Monitor has it
 *   refused   it is wrong: 400 or 413; sent again it is refused again
 *   not sent  it surely did not arrive: no connection, no token, no right, or told to come again (429, 503)
 *   unknown   anything else: it may be counted
 */
import { type GetToken, TELL_SCOPE } from './names.ts';
import { reasonIn, reasonOf } from './reason.ts';

export type Outcome =
  | { readonly is: 'taken' }
  | { readonly is: 'refused' | 'not sent' | 'unknown'; readonly why: string };

export interface SendOptions {
  /** Such as `https://westeurope.monitoring.azure.com`. */
  readonly tellUrl: string;
  /** `/subscriptions/…`: whose metric it is. */
  readonly resourceId: string;
  readonly getToken: GetToken;
}

export async function send(body: string, options: SendOptions, signal: AbortSignal): Promise<Outcome> {
  const { tellUrl, resourceId, getToken } = options;
  let token: string;
  try {
    token = await Promise.race([getToken(TELL_SCOPE), aborted(signal)]);
  } catch (error) {
    return { is: 'not sent', why: `there is no token for Azure Monitor: ${reasonOf(error)}` };
  }
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const url = `${tellUrl}${resourceId}/metrics`;
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    return await outcomeOf(response);
  } catch (error) {
    const why = `Azure Monitor: ${reasonOf(error)}`;
    return { is: isBeforeSending(error) ? 'not sent' : 'unknown', why };
  }
}

/** Rejects when the signal is given. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const { status, ok } = response;
  if (ok) {
    await response.body?.cancel();
    return { is: 'taken' };
  }
  const why = `Azure Monitor answers ${status}${await reasonIn(response)}`;
  if (status === 400 || status === 413) return { is: 'refused', why };
  // Who is not let in, or is told to go elsewhere or to come again, was not heard.
  const isUnheard = status < 500 || status === 503;
  return { is: isUnheard ? 'not sent' : 'unknown', why };
}

/** Codes of errors that come before the first byte of a request is sent: of names, connections and certificates. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+)$/;

function isBeforeSending(error: unknown): boolean {
  const causes = [error, (error as { cause?: unknown }).cause];
  // A name with several addresses fails with an error for each.
  for (const cause of causes) causes.push(...((cause as { errors?: unknown[] } | undefined)?.errors ?? []));
  const codes = causes.flatMap((cause) => (cause as NodeJS.ErrnoException | undefined)?.code ?? []);
  return codes.length > 0 && codes.every((code) => BEFORE_SENDING.test(code));
}
