/**
 * A webhook as it is registered: its URL, the headers the service is to set, and how it is to write events.
 *
 * Source: Pelion OpenAPI of 29 April 2020, `Webhook` and `SerializationConfigData`; Connector-mDS-REST-API
 * docs/api-reference.md, "Registering a notification callback".
 */
import { FormatError } from '../../protocol/errors.ts';

/** What the service asks for with every push; values are secrets. */
export type Headers = Readonly<Record<string, string>>;

export interface Serialization {
  readonly type: 'v2';
  /** Most events in one message. */
  readonly max_chunk_size: number;
  readonly cfg: {
    readonly deregistrations_as_object: boolean;
    readonly include_uid: boolean;
    readonly include_timestamp: boolean;
  };
}

export interface Registration {
  readonly url: string;
  readonly headers: Headers;
  readonly serialization?: Serialization;
}

/** What the service says is registered. It need not tell the serialization, nor the headers' values. */
export type Callback = Pick<Registration, 'url' | 'headers'>;

/** Pelion counts the URL, the names and the values of the headers; Device Connector, not the names. */
export const MOST_CHARACTERS = 400;
export const LEAST_CHUNK = 100;
export const MOST_CHUNK = 10_000;
/** With events of up to 900 bytes, below the 4.5 MB of body that AWS Lambda takes (6 MB, in base64). */
export const FITTING_CHUNK = 5_000;

/** Characters as Pelion counts them, which is the stricter of the two ways. */
export function charactersOf({ url, headers }: Callback): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, url.length);
}

/** All that makes counting exact: a uid and a time for every event, departures too. */
export function fullSerialization(chunk: number): Serialization {
  return {
    type: 'v2',
    max_chunk_size: chunk,
    cfg: { deregistrations_as_object: true, include_uid: true, include_timestamp: true },
  };
}

/** What of a registration is secret: header values, and what of the URL may be a password. */
export function secretsOf({ url, headers }: Callback): string[] {
  return [...Object.values(headers), ...urlSecrets(url)];
}

/** The URL for people: without its password and the values of its query. What is no URL is not shown at all. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return '(no URL)';
  const { protocol, host, pathname, username, password, searchParams } = new URL(url);
  const user = username === '' && password === '' ? '' : '***@';
  const query = [...new Set(searchParams.keys())].map((name) => `${encodeURIComponent(name.toWellFormed())}=***`);
  return `${protocol}//${user}${host}${pathname}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** The same address, and the same headers whatever the case of their names. */
export function sameCallback(one: Callback, other: Callback): boolean {
  return normal(one.url) === normal(other.url) && headerLines(one.headers) === headerLines(other.headers);
}

/** Reads a GET's answer. FormatError CALLBACK_FORMAT if it is none. */
export function readCallback(text: string): Callback {
  const { url, headers } = parse(text);
  if (typeof url !== 'string' || url === '') throw new FormatError('CALLBACK_FORMAT', 'without a URL');
  if (headers === undefined || headers === null) return { url, headers: {} };
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    throw new FormatError('CALLBACK_FORMAT', 'with headers that are no object');
  }
  const entries = Object.entries(headers);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    throw new FormatError('CALLBACK_FORMAT', 'with a header whose value is no text');
  }
  return { url, headers: Object.fromEntries(entries) };
}

function parse(text: string): { url?: unknown; headers?: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('CALLBACK_FORMAT', 'not with JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new FormatError('CALLBACK_FORMAT', 'not with an object');
  return value;
}

function urlSecrets(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password, search, searchParams } = new URL(url);
  const raw = search.slice(1).split('&');
  const values = [...searchParams.values(), ...raw.map((pair) => pair.slice(pair.indexOf('=') + 1))];
  // Shorter ones are no secrets, and taking `1` out of a text makes it unreadable.
  return [password, decoded(password), ...values].filter((text) => text.length >= 4 && text.isWellFormed());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function normal(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

function headerLines(headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return lines.sort().join('\n');
}
