/**
 * Every status with which a Connector v2 API refuses, in words: what it means, and what to do about it.
 *
 * Source: Connector-mDS-REST-API docs/api-reference.md (2017); Pelion OpenAPI of 29 April 2020; the texts of users'
 * reports for 412. A status means the same for every call, except where `PARTICULAR` knows better.
 */
import type { Answer } from './answer.ts';
import type { Call, Service } from './service.ts';
import { ServiceError } from './service-error.ts';

interface Words {
  readonly means: string;
  readonly fix: string;
}

const CHECK_HOST = 'Check --host: it must be the address of a Connector v2 API.';

const GENERAL: Readonly<Record<number, Words>> = {
  400: { means: 'it finds fault with what was sent', fix: 'Mend what it names.' },
  401: { means: 'it does not know the API key', fix: 'Check --key-file, and that the key was made at this --host.' },
  403: {
    means: 'the key may not do this',
    fix: 'Give an API key: a token of a login is none. Its group must be allowed to use notifications.',
  },
  404: { means: 'there is no such call', fix: CHECK_HOST },
  405: { means: 'there is no such call', fix: CHECK_HOST },
  409: {
    means: 'something else is using the channel of this key',
    fix: 'End the other program, or give it an API key of its own.',
  },
  410: { means: 'the channel of this key is being deleted', fix: 'Wait two minutes, and run it again.' },
  412: { means: 'the key has no notification channel', fix: 'Register a webhook first: see `mts webhook register`.' },
  413: { means: 'it is too large, or a precondition failed', fix: 'Send fewer or shorter rules.' },
  415: { means: 'it does not take JSON there', fix: CHECK_HOST },
  429: { means: 'it is asked too often, or a quota is used up', fix: 'Wait a while, and run it again.' },
  502: { means: 'what stands before the service does not reach it', fix: 'Run it again later.' },
  503: { means: 'the service is not available', fix: 'Run it again later.' },
  504: { means: 'the service behind it did not answer in time', fix: 'Run it again later.' },
};

const REDIRECT: Words = {
  means: 'it redirects, which is not followed: the key would go along',
  fix: 'Give the address that it redirects to, without /v2 and what follows, if you trust it.',
};
const FAULT: Words = { means: 'the service has a fault of its own', fix: 'Run it again later.' };
const STRANGE: Words = { means: 'which is no answer of this API', fix: CHECK_HOST };

const PARTICULAR: Readonly<Record<string, Words>> = {
  'PUT /notification/callback 400': {
    means: 'it does not take this webhook',
    fix:
      'The service tries the URL before it takes it: from the internet, a PUT of {} with the headers must be answered ' +
      '200 or 204 within 20 s, without a redirect. A key has one channel: end long polling or a websocket on it first.',
  },
  'PUT /subscriptions 400': {
    means: 'it does not take these rules',
    fix: 'Check --endpoint, --type and --path, and what other programs have subscribed to: see --json.',
  },
};

/** The error that says why the call was not done. */
export function refusal({ address }: Service, call: Call, answer: Answer): ServiceError {
  const { status, location, retryAfterMs } = answer;
  const { means, fix } = wordsFor(call, status);
  const page = answer.type === 'text/html' ? ', with a web page' : '';
  const to = status >= 300 && status < 400 && location !== '' ? ` to ${location}` : '';
  const wait = retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
  const says = answer.reason === '' ? '' : `. It says: ${answer.reason}`;
  return new ServiceError({
    message: `${address} answered ${status}${page} when ${call.doing}: ${means}${to}${says}`,
    fix: fix + wait,
    status,
    passing: status === 408 || status === 429 || status >= 500,
  });
}

/** An answer that says yes, but not in this API's language. */
export function notUnderstood({ address }: Service, call: Call, { status }: Answer, why: string): ServiceError {
  const message = `${address} answered ${status} when ${call.doing}, but ${why}`;
  return new ServiceError({ message, fix: CHECK_HOST, status, passing: false });
}

function wordsFor({ method, path }: Call, status: number): Words {
  const known = PARTICULAR[`${method} ${path} ${status}`] ?? GENERAL[status];
  if (known !== undefined) return known;
  if (status >= 300 && status < 400) return REDIRECT;
  return status >= 500 ? FAULT : STRANGE;
}
