/**
 * The two endpoints that InfluxDB 1.x, 2.x and 3 Core all serve: `/write` takes lines, `/query` answers InfluxQL.
 *
 *   1.x   /write?db=mbed&rp=…          user and password, or nothing
 *   2.x   the same, `db` and `rp` mapped to a bucket      Authorization: Token …        made by bucket.ts
 *   3     the same, `db` is the database                  Authorization: Token …
 *
 * One request each; nothing is tried again here. Bodies are gzipped.
 * https://docs.influxdata.com/influxdb/v1/tools/api/ · https://docs.influxdata.com/influxdb/v2/api-guide/influxdb-1x/write/
 * https://docs.influxdata.com/influxdb3/core/write-data/http-api/compatibility-apis/
 */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { promisify, types } from 'node:util';
import { gzip } from 'node:zlib';
import { type Call, createBucket } from './bucket.ts';

export interface ServerOptions {
  readonly url: URL;
  /** A database of 1.x and 3, a bucket's mapping of 2.x. */
  readonly database: string;
  readonly retentionPolicy?: string;
  /** Sent as it is: `Token …`, or `Basic …`. */
  readonly authorization?: string;
}

export type Answer =
  | { readonly kind: 'taken' }
  /** The lines are wrong, or too many: another try of the same will not do. */
  | { readonly kind: 'refused'; readonly why: string; readonly tooLarge: boolean }
  /** `bucket`: a server of 2.x says so. */
  | { readonly kind: 'no database'; readonly why: string; readonly bucket: boolean }
  /** Who we are, or what we may: lasting until somebody does something. */
  | { readonly kind: 'not allowed'; readonly why: string }
  /** Down, busy, or its disk is full: later. */
  | { readonly kind: 'down'; readonly why: string; readonly waitMs: number };

/** What is read of an answer that is no result. */
const MOST_WHY = 2_000;
/** Of an answer with organizations or buckets. */
const MOST_JSON = 1_000_000;
const NO_WAIT = 0;
/** All of them answer a write with it. */
const WRITTEN = 204;

export class InfluxServer {
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get database(): string {
    return this.#options.database;
  }

  async write(lines: readonly string[], signal: AbortSignal): Promise<Answer> {
    const { retentionPolicy } = this.#options;
    const url = this.#at('write', {
      precision: 's',
      ...(retentionPolicy === undefined ? {} : { rp: retentionPolicy }),
    });
    const body = await promisify(gzip)(lines.join('\n'));
    const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain; charset=utf-8' };
    const response = await this.#send(url, headers, body, signal);
    if (!(response instanceof Response)) return response;
    // A proxy's page of its own, or another server: nothing was written.
    if (response.ok && response.status !== WRITTEN) {
      await response.body?.cancel();
      return { kind: 'down', why: `${response.status} for a write: this is no InfluxDB`, waitMs: NO_WAIT };
    }
    return await answerOf(response);
  }

  /** Makes what was missing, a bucket of 2.x or a database of 1.x; 3 makes its own. */
  async create({ bucket }: { readonly bucket: boolean }, signal: AbortSignal): Promise<Answer> {
    if (bucket) return await createBucket((...request) => this.#call(signal, ...request), this.#options);
    const q = `CREATE DATABASE "${this.#options.database.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = new URL('query', this.#options.url);
    return await this.#post(url, headers, new URLSearchParams({ q }).toString(), signal);
  }

  /** Lines of JSON, as the server sends them; what it refuses is an Answer. */
  async query(q: string, signal: AbortSignal): Promise<AsyncIterable<string> | Answer> {
    const { retentionPolicy } = this.#options;
    const url = this.#at('query', {
      epoch: 's',
      chunked: 'true',
      ...(retentionPolicy === undefined ? {} : { rp: retentionPolicy }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const response = await this.#send(url, headers, new URLSearchParams({ q }).toString(), signal);
    if (!(response instanceof Response)) return response;
    if (!response.ok || response.body === null) return await answerOf(response);
    return createInterface({ input: Readable.fromWeb(response.body as never), crlfDelay: Number.POSITIVE_INFINITY });
  }

  async #call(signal: AbortSignal, ...[method, path, body]: Parameters<Call>): ReturnType<Call> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const response = await this.#send(new URL(path, this.#options.url), headers, sent, signal, method);
    if (!(response instanceof Response)) return response;
    if (!response.ok) return await answerOf(response);
    try {
      return { json: JSON.parse(await beginning(response, MOST_JSON)) };
    } catch (error) {
      return { kind: 'down', why: `its answer to ${path} cannot be read: ${reasonOf(error)}`, waitMs: NO_WAIT };
    }
  }

  async #post(url: URL, headers: Record<string, string>, body: string | Buffer, signal: AbortSignal): Promise<Answer> {
    const response = await this.#send(url, headers, body, signal);
    return response instanceof Response ? await answerOf(response) : response;
  }

  async #send(
    url: URL,
    headers: Record<string, string>,
    body: string | Buffer | undefined,
    signal: AbortSignal,
    method = 'POST',
  ): Promise<Response | Answer> {
    const { authorization } = this.#options;
    const all = authorization === undefined ? headers : { ...headers, authorization };
    try {
      return await fetch(url, { method, headers: all, body: body as never, signal, redirect: 'manual' });
    } catch (error) {
      return { kind: 'down', why: reasonOf(error), waitMs: NO_WAIT };
    }
  }

  #at(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(path, this.#options.url);
    for (const [name, value] of Object.entries({ db: this.#options.database, ...query }))
      url.searchParams.set(name, value);
    return url;
  }
}

const NO_DATABASE = /database not found|database .*(not|n't) (found|exist)/i;
/** What 2.x answers to a name that is mapped to no bucket. */
const NO_BUCKET = /bucket .*not found|no dbrp mapping found|unable to find dbrp/i;

/** What an answer means: https://docs.influxdata.com/influxdb/v1/tools/api/#status-codes-and-responses-3 */
async function answerOf(response: Response): Promise<Answer> {
  const { status } = response;
  let said: string;
  try {
    said = await beginning(response);
  } catch (error) {
    return { kind: 'down', why: reasonOf(error), waitMs: NO_WAIT };
  }
  const why = `${status} ${errorIn(said) ?? (said.trim() || response.statusText)}`.slice(0, MOST_WHY);
  if (response.ok) {
    // A statement's own error comes with 200.
    const error = errorIn(said);
    if (error === undefined) return { kind: 'taken' };
    return /authoriz|privilege|permission/i.test(error)
      ? { kind: 'not allowed', why: error }
      : { kind: 'refused', why: error, tooLarge: false };
  }
  if (status === 401 || status === 403) return { kind: 'not allowed', why };
  if (NO_BUCKET.test(said)) return { kind: 'no database', why, bucket: true };
  if (NO_DATABASE.test(said)) return { kind: 'no database', why, bucket: false };
  if (status === 413) return { kind: 'refused', why, tooLarge: true };
  if (status === 400 || status === 422) return { kind: 'refused', why, tooLarge: false };
  const after = Number(response.headers.get('retry-after'));
  return { kind: 'down', why, waitMs: after > 0 ? after * 1000 : NO_WAIT };
}

async function beginning(response: Response, most = MOST_WHY): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > most) break;
  }
  return text;
}

/** `{"error": …}` of 1.x, `{"results":[{"error": …}]}` of a statement, `{"message": …}` of 2.x. */
function errorIn(said: string): string | undefined {
  try {
    const { error, message, results } = JSON.parse(said) as {
      error?: unknown;
      message?: unknown;
      results?: { error?: unknown }[];
    };
    const found =
      error ?? message ?? (Array.isArray(results) ? results.find((one) => one?.error !== undefined)?.error : undefined);
    return typeof found === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'it did not answer in time';
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
