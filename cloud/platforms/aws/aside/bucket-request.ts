/**
 * One request to S3: signed, sent, sent again while S3 says it is busy, and its answer read up to a limit.
 *
 * @aws-sdk/client-s3 would be two thirds of what a function loads, for four requests without any of its features.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac, hash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { StoreError } from '../../../protocol/errors.ts';

type Signing = ConstructorParameters<typeof SignatureV4>[0];

export interface BucketOptions {
  readonly name: string;
  /** As an SDK client's `config` has them. */
  readonly region: Signing['region'];
  readonly credentials: Signing['credentials'];
  /** In place of AWS's own; buckets are then the first part of the path. */
  readonly endpoint?: string;
  /** Milliseconds since 1970 after which no new request begins. */
  readonly deadline: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 up to 1: how much of the longest pause is waited. */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly fetch?: typeof fetch;
}

export interface BucketRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Object's key; '' is the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Bytes of the answer that are read at most. */
  readonly mostBytes: number;
}

export interface BucketAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Milliseconds that one attempt may take. */
const PATIENCE_MS = 5_000;
const MOST_ATTEMPTS = 8;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 2_000];
/** Answers that pass: S3 is busy (503 SlowDown, 429), broken, or another writer is at the same key (409). */
const PASSING = new Set([408, 409, 429, 500, 502, 503, 504]);

export type Send = (request: BucketRequest) => Promise<BucketAnswer>;

/** A function that sends requests to one bucket. It rejects with StoreError STORE_DOWN when none is answered in time. */
export function bucketSender(options: BucketOptions): Send {
  const { deadline, now, random, pause } = options;
  const attempt = attempter(options);
  return async (request) => {
    let last = 'the time was up before it was asked';
    for (let tried = 0; tried < MOST_ATTEMPTS && now() < deadline(); tried += 1) {
      const outcome = await attempt(request, Math.min(PATIENCE_MS, deadline() - now()));
      if (typeof outcome !== 'string' && !PASSING.has(outcome.status)) return outcome;
      last = typeof outcome === 'string' ? outcome : problemOf(outcome);
      await pause(Math.min(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried), deadline() - now()));
    }
    throw bucketDown(options.name, last);
  };
}

/** StoreError for a bucket that cannot be used, and why. */
export function bucketDown(name: string, why: string): StoreError {
  return new StoreError('STORE_DOWN', `the bucket ${name} could not be used: ${why}`, FIX);
}

const FIX = 'Check the bucket, its region, the credentials and what they may do.';

/** What S3 says is wrong: its code, else the status. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function problemOf({ status, body }: BucketAnswer): string {
  const code = /<Code>([A-Za-z0-9.]{1,100})<\/Code>/.exec(Buffer.from(body).toString('latin1'))?.[1];
  return code === undefined ? `status ${status}` : `${code} (status ${status})`;
}

/** Sends once: the answer, or why there was none. */
function attempter({ name, region, credentials, endpoint, now, fetch = globalThis.fetch }: BucketOptions) {
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256: Sha256, uriEscapePath: false });
  return async (request: BucketRequest, patienceMs: number): Promise<BucketAnswer | string> => {
    const { method, query = {}, body } = request;
    try {
      const base = typeof region === 'string' ? region : await region();
      const url = addressOf(name, base, endpoint);
      url.pathname += request.key.split('/').map(uriEncoded).join('/');
      const unsigned = {
        ...{ method, protocol: url.protocol, hostname: url.hostname, path: url.pathname, query: { ...query } },
        headers: { ...request.headers, host: url.host, 'x-amz-content-sha256': hash('sha256', body ?? '', 'hex') },
      };
      const signed = await signer.sign(unsigned, { signingDate: new Date(now()) });
      // fetch says itself which host it asks.
      const { host: _, ...headers } = signed.headers;
      url.search = Object.entries(query)
        .map(([key, value]) => `${uriEncoded(key)}=${uriEncoded(value)}`)
        .join('&');
      const signal = AbortSignal.timeout(Math.max(1, patienceMs));
      const sent = { method, headers, signal, redirect: 'manual' as const };
      const answer = await fetch(url, body === undefined ? sent : { ...sent, body: body as Uint8Array<ArrayBuffer> });
      const read = await bytesOf(answer, request.mostBytes);
      if (read === undefined) throw bucketDown(name, `an answer is longer than ${request.mostBytes} bytes`);
      return { status: answer.status, headers: answer.headers, body: read };
    } catch (error) {
      if (error instanceof StoreError) throw error;
      return reasonOf(error);
    }
  };
}

/** Virtual-hosted, as AWS wants it, but for names with dots, which its certificate does not cover. */
function addressOf(name: string, region: string, endpoint: string | undefined): URL {
  if (endpoint !== undefined) return new URL(`${endpoint.replace(/\/+$/, '')}/${name}/`);
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return new URL(name.includes('.') ? `https://${host}/${name}/` : `https://${name}.${host}/`);
}

/** Everything but RFC 3986's unreserved characters, as the signature wants it. */
function uriEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Undefined if there are more. */
async function bytesOf(answer: Response, mostBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostBytes) return undefined;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** In one line: fetch hides the reason in the error's cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
}

/** Node's own SHA-256, as the signer asks for it. */
class Sha256 {
  readonly #hash: { update(data: string | NodeJS.ArrayBufferView): unknown; digest(): Uint8Array };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', viewOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(viewOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function viewOf(data: string | ArrayBuffer | ArrayBufferView): string | NodeJS.ArrayBufferView {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : (data as NodeJS.ArrayBufferView);
}
