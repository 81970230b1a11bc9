/**
 * Tells CloudWatch data, as many a request as it takes, and says of each datum what became of it.
 *
 *   refused   it will never be taken: by CloudWatch's published rules, or since a request with it alone was refused
 *   failed    CloudWatch was down, slow or busy, or the time was up: it may or may not have been taken
 *
 * One datum that is refused makes CloudWatch refuse the request: it is then halved until that datum stands alone.
 */
import { type CloudWatchClient, type MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { type Refusal, refusalOf } from './datum.ts';

/** A datum, and what it is of. */
export interface Told<T> {
  readonly of: T;
  readonly datum: MetricDatum;
}

export interface TellResult<T> {
  readonly refused: readonly (Refusal & { readonly of: T; readonly datum: MetricDatum })[];
  readonly failed: readonly T[];
}

export interface TellOptions {
  readonly client: CloudWatchClient;
  readonly namespace: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since 1970 after which no new request begins. */
  readonly deadline: () => number;
  /** Milliseconds that a request may take with the client's own repetitions; 6 s unless told. */
  readonly patienceMs?: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const DATA_LIMIT = 1_000;
/** CloudWatch takes 1 MB; the request has some lines of its own around the data. */
const BYTES_LIMIT = 950_000;
const REQUESTS_AT_ONCE = 4;
const PATIENCE_MS = 6_000;

export async function tell<T>(data: readonly Told<T>[], options: TellOptions): Promise<TellResult<T>> {
  const refused: (Refusal & Told<T>)[] = [];
  const failed: T[] = [];
  const good: Told<T>[] = [];
  for (const told of data) {
    const refusal = refusalOf(told.datum, options.now());
    if (refusal === undefined) good.push(told);
    else refused.push({ ...told, ...refusal });
  }
  const put = async (some: readonly Told<T>[]): Promise<void> => {
    const outcome = await putOnce(some, options);
    if (outcome === 'taken') return;
    if (outcome === 'failed') {
      failed.push(...some.map(({ of }) => of));
    } else if (some.length === 1) {
      refused.push({ ...some[0]!, about: 'hour', reason: `CloudWatch refuses it: ${outcome.reason}` });
    } else {
      const half = Math.ceil(some.length / 2);
      await put(some.slice(0, half));
      await put(some.slice(half));
    }
  };
  await inParallel(requestsOf(good), REQUESTS_AT_ONCE, put);
  return { refused, failed };
}

/** Up to 1,000 data each, and less than 1 MB. */
function requestsOf<T>(data: readonly Told<T>[]): Told<T>[][] {
  const requests: Told<T>[][] = [];
  let [current, bytes]: [Told<T>[], number] = [[], 0];
  for (const told of data) {
    const length = JSON.stringify(told.datum).length + 1;
    if (current.length === DATA_LIMIT || bytes + length > BYTES_LIMIT) {
      requests.push(current);
      [current, bytes] = [[], 0];
    }
    current.push(told);
    bytes += length;
  }
  return current.length > 0 ? [...requests, current] : requests;
}

type Outcome = 'taken' | 'failed' | { readonly reason: string };

async function putOnce<T>(some: readonly Told<T>[], options: TellOptions): Promise<Outcome> {
  const { client, namespace, now, deadline, patienceMs = PATIENCE_MS } = options;
  const left = Math.min(patienceMs, deadline() - now());
  if (left <= 0) return 'failed';
  try {
    const command = new PutMetricDataCommand({ Namespace: namespace, MetricData: some.map(({ datum }) => datum) });
    await client.send(command, { abortSignal: AbortSignal.timeout(Math.ceil(left)) });
    return 'taken';
  } catch (error) {
    return refusesRequest(error) ? { reason: error.message } : 'failed';
  }
}

/** What says that the data are wrong, not the time: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html */
const REFUSING =
  /^(InvalidParameter(Value|Combination)?|MissingRequiredParameter|MissingParameter|Validation(Error|Exception)|RequestEntityTooLarge|SerializationException)(Exception)?$/;

function refusesRequest(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === 413 || (status === 400 && REFUSING.test(error.name));
}
