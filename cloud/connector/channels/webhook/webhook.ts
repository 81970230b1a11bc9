/**
 * A webhook as it is asked for: checked before anything is sent to it.
 *
 * Source: Connector-mDS-REST-API docs/api-reference.md, "Registering a notification callback" (URL and header values, 400
 * characters at most); Pelion OpenAPI of 29 April 2020, `Webhook` (header names count as well).
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Dialect, Extras } from '../../../protocol/notification/message.ts';
import { namesSpecialAddress } from './public-address.ts';
import type { WebhookSettings } from './settings.ts';

export interface Webhook {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Sent with every message; secrets, which are never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly dialect: Dialect;
  /** Those of the dialect where not given. */
  readonly extras?: Extras;
  /** Events in one message. */
  readonly mostItems: number;
}

/** As asked for; what is not said is the service's to choose. */
export type WebhookRequest = Pick<Webhook, 'url'> & Partial<Webhook>;

/** Those that say how the message is carried: ours to set, or HTTP's. */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The webhook, or the reason why it is none, as text that holds nothing of its headers' values. */
export function readWebhook(request: WebhookRequest, settings: WebhookSettings): Webhook | string {
  const { url, headers = {}, dialect = 'connector', extras, mostItems = settings.mostItems } = request;
  if (lengthOf(url, headers, settings) > settings.mostCharacters) {
    return `the URL and its headers have more than ${settings.mostCharacters} characters`;
  }
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target === undefined) return 'the URL is none';
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return 'the URL is neither http: nor https:';
  if (settings.publicOnly && namesSpecialAddress(target)) return 'the URL leads to an address that is not public';
  if (!Number.isInteger(mostItems) || mostItems < 1 || mostItems > settings.mostItems) {
    return `a message has from 1 to ${settings.mostItems} events`;
  }
  const how = { dialect, ...(extras === undefined ? {} : { extras }), mostItems };
  return headerProblem(headers) ?? { url, headers, ...how };
}

function lengthOf(url: string, headers: Webhook['headers'], { countsHeaderNames }: WebhookSettings): number {
  const names = countsHeaderNames ? 1 : 0;
  return Object.entries(headers).reduce((sum, [name, value]) => sum + names * name.length + value.length, url.length);
}

function headerProblem(headers: Webhook['headers']): string | undefined {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!isValid(() => validateHeaderName(name))) return 'a header has a name that is none';
    if (RESERVED_HEADERS.has(lower)) return `the header ${lower} cannot be set`;
    if (seen.has(lower)) return `the header ${lower} is there twice`;
    if (!isValid(() => validateHeaderValue(name, value))) return `the value of the header ${lower} is none`;
    seen.add(lower);
  }
  return undefined;
}

function isValid(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
