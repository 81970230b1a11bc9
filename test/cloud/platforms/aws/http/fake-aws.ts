/**
 * S3, SQS and CloudWatch as far as these tests need them, at the HTTP level by msw: one bucket, one queue, all metrics.
 *
 * `before` may answer in place of a service, to be busy, slow, or gone.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import type { Bucket } from '../../../../../cloud/ingest/aside/bucket.ts';
import type { FailureQueue } from '../../../../../cloud/ingest/aside/failure-queue.ts';
import { openBucket } from '../../../../../cloud/platforms/aws/aside/bucket.ts';
import { failureQueue } from '../../../../../cloud/platforms/aws/aside/queue.ts';

export type Service = 's3' | 'sqs' | 'cloudwatch';

export interface Seen {
  readonly service: Service;
  /** Method for S3, the operation for the others. */
  readonly what: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface PutDatum {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Endpoint: string | undefined;
  readonly Value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const [S3, SQS, CLOUDWATCH] = ['http://s3.test', 'http://sqs.test', 'http://cloudwatch.test'];
const ACCESS = { region: 'eu-west-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not a secret' } };
const QUICK = { maxAttempts: 2, ...ACCESS };

export class FakeAws {
  readonly objects = new Map<string, { readonly body: Buffer; readonly labels: Record<string, string> }>();
  readonly messages: Record<string, unknown>[] = [];
  readonly data: PutDatum[] = [];
  readonly seen: Seen[] = [];
  /** Objects in a page of a list, and metrics in a page of read data. */
  pageSize = 1_000;
  /** CloudWatch's idea of the time. */
  now: () => number = Date.now;
  before: (seen: Seen) => Response | undefined | Promise<Response | undefined> = () => undefined;
  readonly #server = setupServer(
    http.all(`${S3}/*`, ({ request }) => this.#answer('s3', request)),
    http.all('https://*.amazonaws.com/*', ({ request }) => this.#answer('s3', request)),
    http.all('https://*.amazonaws.com.cn/*', ({ request }) => this.#answer('s3', request)),
    http.all(`${SQS}/*`, ({ request }) => this.#answer('sqs', request)),
    http.all(`${CLOUDWATCH}/*`, ({ request }) => this.#answer('cloudwatch', request)),
  );

  start(): this {
    this.#server.listen({ onUnhandledRequest: 'error' });
    return this;
  }

  stop(): void {
    this.#server.close();
  }

  bucket(options: Partial<Parameters<typeof openBucket>[0]> = {}): Bucket {
    return openBucket({
      ...{ name: 'shelf', region: ACCESS.region, credentials: ACCESS.credentials, endpoint: S3 },
      ...{ deadline: () => Number.POSITIVE_INFINITY, now: Date.now, random: () => 0, pause: async () => undefined },
      ...options,
    });
  }

  queue(): FailureQueue {
    const client = new SQSClient({ endpoint: SQS, ...QUICK });
    const url = `${SQS}/123456789012/failures`;
    return failureQueue({ client, url, deadline: () => Number.POSITIVE_INFINITY, now: Date.now });
  }

  cloudWatch(more: { readonly maxAttempts?: number } = {}): CloudWatchClient {
    return new CloudWatchClient({ endpoint: CLOUDWATCH, ...QUICK, ...more });
  }

  /** Does what CloudWatch does with data, for a `before` that then answers something else. */
  take({ body }: Seen): void {
    this.#put(JSON.parse(body.toString()), body.length);
  }

  asked(service: Service, what?: string): Seen[] {
    return this.seen.filter((one) => one.service === service && (what === undefined || one.what === what));
  }

  async #answer(service: Service, request: Request): Promise<Response> {
    const raw = Buffer.from(await request.arrayBuffer());
    const body = request.headers.get('content-encoding') === 'gzip' ? gunzipSync(raw) : raw;
    const target = request.headers.get('x-amz-target')?.split('.')[1];
    const seen = { service, what: target ?? request.method, url: new URL(request.url), headers: request.headers, body };
    this.seen.push(seen);
    const instead = await this.before(seen);
    if (instead !== undefined) return instead;
    if (service === 's3') return this.#s3(seen);
    const input = JSON.parse(body.toString());
    if (service === 'sqs') return this.#sqs(input);
    return seen.what === 'PutMetricData' ? this.#put(input, body.length) : this.#read(input);
  }

  #s3({ what, url, headers, body }: Seen): Response {
    const path = url.hostname.includes('amazonaws.com') ? url.pathname.slice(1) : url.pathname.replace('/shelf/', '');
    const key = decodeURIComponent(path);
    if (what === 'GET' && key === '') return this.#list(url.searchParams);
    const object = this.objects.get(key);
    if (what === 'DELETE') {
      this.objects.delete(key);
      return new HttpResponse(null, { status: 204 });
    }
    if (what === 'PUT') {
      if (object !== undefined && headers.get('if-none-match') === '*') return s3Error(412, 'PreconditionFailed');
      const labels = [...headers].filter(([name]) => name.startsWith('x-amz-meta-'));
      this.objects.set(key, { body, labels: Object.fromEntries(labels) });
      return new HttpResponse(null, { status: 200 });
    }
    if (object === undefined) return s3Error(404, 'NoSuchKey');
    const modified = { 'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT' };
    return new HttpResponse(new Uint8Array(object.body), { headers: { ...object.labels, ...modified } });
  }

  #list(query: URLSearchParams): Response {
    const all = [...this.objects].filter(([key]) => key.startsWith(query.get('prefix') ?? '')).sort(byKey);
    const start = Number(query.get('continuation-token')?.split('&').at(-1) ?? 0);
    const page = all.slice(start, start + this.pageSize);
    const more = start + page.length < all.length;
    const contents = page.map(
      ([key, { body }]) =>
        `<Contents><Key>${encodeURIComponent(key)}</Key><ETag>&quot;x&quot;</ETag><Size>${body.length}</Size></Contents>`,
    );
    const next = more ? `<NextContinuationToken>a&amp;${start + page.length}</NextContinuationToken>` : '';
    const xml = `<?xml version="1.0"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
    return new HttpResponse(xml);
  }

  #sqs({ Entries }: { Entries: { Id: string; MessageBody: string }[] }): Response {
    for (const { MessageBody } of Entries) this.messages.push(JSON.parse(MessageBody));
    const Successful = Entries.map(({ Id, MessageBody }) => {
      return { Id, MessageId: Id, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
    });
    return HttpResponse.json({ Successful, Failed: [] });
  }

  /** As strict as the service: one datum that is wrong, and nothing is taken. */
  #put({ Namespace, MetricData }: { Namespace: string; MetricData: WireDatum[] }, bytes: number): Response {
    if (bytes > 1_000_000) return jsonError(413, 'RequestEntityTooLarge');
    if (MetricData.length > 1_000) return jsonError(400, 'InvalidParameterValue');
    const data = MetricData.map(({ MetricName, Dimensions, Value, Timestamp }) => {
      return { Namespace, MetricName, Endpoint: Dimensions?.[0]?.Value, Value, at: Timestamp * 1000 };
    });
    for (const { MetricName, Endpoint, at } of data) {
      const age = this.now() - at;
      const named = MetricName.length <= 255 && /^[ -~]+$/.test(MetricName);
      const dimensioned = Endpoint === undefined || (Endpoint.length <= 1_024 && /^[ -~]*[!-~][ -~]*$/.test(Endpoint));
      if (!named || !dimensioned || age > 14 * 86_400_000 || age < -7_200_000) {
        return jsonError(400, 'InvalidParameterValue');
      }
    }
    this.data.push(...data);
    return HttpResponse.json({});
  }

  #read({ MetricDataQueries, NextToken, StartTime, EndTime }: WireRead): Response {
    if (MetricDataQueries.length > 500) return jsonError(400, 'InvalidParameterValue');
    const start = Number(NextToken ?? 0);
    const results = MetricDataQueries.flatMap(({ Id, MetricStat: { Metric, Stat } }) => {
      const hours = new Map<number, number>();
      for (const { Namespace, MetricName, Endpoint, Value, at } of this.data) {
        const same = Namespace === Metric.Namespace && MetricName === Metric.MetricName;
        if (!same || Endpoint !== Metric.Dimensions?.[0]?.Value || at < StartTime * 1000 || at >= EndTime * 1000)
          continue;
        const held = hours.get(at);
        hours.set(at, held === undefined ? Value : Stat === 'Sum' ? held + Value : Math.max(held, Value));
      }
      // One hour a result, newest first, as pages may cut a metric anywhere.
      const sorted = [...hours].sort(([a], [b]) => b - a);
      if (sorted.length === 0) return [{ Id, StatusCode: 'Complete', Timestamps: [], Values: [] }];
      return sorted.map(([at, value]) => ({ Id, StatusCode: 'PartialData', Timestamps: [at / 1000], Values: [value] }));
    });
    const end = start + this.pageSize;
    const more = end < results.length ? { NextToken: String(end) } : {};
    return HttpResponse.json({ MetricDataResults: results.slice(start, end), ...more });
  }
}

interface WireDatum {
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Value: string }[];
  readonly Value: number;
  readonly Timestamp: number;
}

interface WireRead {
  readonly MetricDataQueries: readonly {
    readonly Id: string;
    readonly MetricStat: {
      readonly Stat: string;
      readonly Metric: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions?: readonly { readonly Value: string }[];
      };
    };
  }[];
  readonly NextToken?: string;
  readonly StartTime: number;
  readonly EndTime: number;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

export function s3Error(status: number, code: string): Response {
  return new HttpResponse(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`, { status });
}

/** An error of SQS or CloudWatch, in JSON 1.0. */
export function jsonError(status: number, code: string): Response {
  const headers = { 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` };
  return HttpResponse.json({ __type: `com.amazonaws#${code}`, message: `${code}: no` }, { status, headers });
}
