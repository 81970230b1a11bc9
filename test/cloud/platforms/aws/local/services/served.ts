/** The stand-ins behind their HTTP server, with clients of the SDK and a clock that the test turns. */
import { createHash, randomUUID } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SQSClient } from '@aws-sdk/client-sqs';
import { serveServices } from '../../../../../../cloud/platforms/aws/local/services/server.ts';
import { type AwsServices, awsServices } from '../../../../../../cloud/platforms/aws/local/services/services.ts';
import type { World } from '../../../../../../cloud/platforms/aws/local/services/wire.ts';

export const BUCKET = 'aside-bucket';
export const QUEUE = 'failures';

/** 2026-03-01 12:00:00 UTC. */
export const NOON = Date.UTC(2026, 2, 1, 12);
export const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret' };
export const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=key, Signature=none' };

/** Time that passes when the test says so. */
export class Clock implements World {
  #now = NOON;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();
  readonly #watchers = new Set<() => void>();
  readonly newId = randomUUID;
  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason);
    });
    for (const told of this.#watchers) told();
    return promise;
  };

  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Resolves when somebody sleeps. */
  async someoneSleeps(): Promise<void> {
    while (this.sleeping === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      await promise;
      this.#watchers.delete(resolve);
    }
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

export interface Served {
  readonly clock: Clock;
  readonly services: AwsServices;
  readonly url: string;
  readonly queueUrl: string;
  readonly cloudwatch: CloudWatchClient;
  readonly sqs: SQSClient;
  /** Asks S3; the body's digest is put on as signing clients do. */
  s3(method: string, path: string, body?: string | Uint8Array, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

export async function serve(dir?: string, clock = new Clock()): Promise<Served> {
  const services = await awsServices({
    now: clock.now,
    sleep: clock.sleep,
    newId: clock.newId,
    buckets: [BUCKET],
    queues: [QUEUE],
    ...(dir === undefined ? {} : { dir }),
  });
  const errors: unknown[] = [];
  const { url, close } = await serveServices(services, { onError: (error) => errors.push(error) });
  const config = { region: 'eu-west-1', credentials: CREDENTIALS, endpoint: url, maxAttempts: 1 };
  const [cloudwatch, sqs] = [new CloudWatchClient(config), new SQSClient(config)];
  return {
    clock,
    services,
    url,
    queueUrl: `${url}/000000000000/${QUEUE}`,
    cloudwatch,
    sqs,
    s3: (method, path, body, headers = {}) => {
      const sha256 = createHash('sha256')
        .update(body ?? '')
        .digest('hex');
      return ask(url, method, `/${path}`, { ...SIGNED, 'x-amz-content-sha256': sha256, ...headers }, body);
    },
    stop: async () => {
      cloudwatch.destroy();
      sqs.destroy();
      await close();
      services.close();
      if (errors.length > 0) throw errors[0];
    },
  };
}

/** The path goes out as it is: fetch would take `..` out of it. */
async function ask(url: string, method: string, path: string, headers: object, body?: string | Uint8Array) {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = { hostname, port, method, path, headers: { ...headers, ...length }, agent: false };
  request(options, resolve).once('error', reject).end(body);
  const answer = await promise;
  const chunks = await answer.toArray();
  return new Response(answer.statusCode === 204 ? null : Buffer.concat(chunks), {
    status: answer.statusCode ?? 0,
    headers: answer.headers as Record<string, string>,
  });
}
