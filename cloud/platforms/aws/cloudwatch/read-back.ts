/** Reads both metrics back from CloudWatch, hour by hour: what its graphs show, for comparison with the store. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { OutsideError } from '../../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { EXACT_DIMENSION, EXACT_METRIC } from '../names.ts';
import { canBeExactDimension, canBeGuideMetric } from './datum.ts';

export interface ReadBackQuery {
  readonly endpoints: readonly string[];
  /** First hour that is wanted: the one that holds this instant. */
  readonly from: Date;
  /** Instant before which the last wanted hour begins. */
  readonly to: Date;
}

/** What CloudWatch has of an endpoint's hour; undefined: nothing. */
export interface ReadBack {
  readonly endpoint: string;
  readonly hour: string;
  /** Maximum of the exact metric. */
  readonly exact: number | undefined;
  /** Sum of the guide's metric. */
  readonly sum: number | undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_LIMIT = 500;
const PERIOD = HOUR_MS / 1000;

interface Wanted {
  readonly endpoint: string;
  readonly metric: 'exact' | 'sum';
}

/**
 * Hours of the endpoints that have any data, those of one endpoint in order of the hour. Endpoints whose name CloudWatch
 * cannot have are left out. Rejects with OutsideError SERVER if CloudWatch cannot be read.
 */
export async function* readBack(
  client: CloudWatchClient,
  namespace: string,
  { endpoints, from, to }: ReadBackQuery,
): AsyncIterable<ReadBack> {
  const [StartTime, EndTime] = [new Date(from.getTime() - (from.getTime() % HOUR_MS)), to];
  // Both metrics of an endpoint are in one request.
  for (let at = 0; at < endpoints.length; at += QUERIES_LIMIT / 2) {
    const some = endpoints.slice(at, at + QUERIES_LIMIT / 2);
    const wanted = some.flatMap(wantedOf);
    if (wanted.length === 0) continue;
    const MetricDataQueries = wanted.map((one, index) => queryOf(one, index, namespace));
    const hours = new Hours(wanted);
    let NextToken: string | undefined;
    do {
      const input = { MetricDataQueries, StartTime, EndTime, ...(NextToken === undefined ? {} : { NextToken }) };
      const page = await client.send(new GetMetricDataCommand(input)).catch(unreadable);
      for (const result of page.MetricDataResults ?? []) hours.add(result);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    yield* hours.inOrder();
  }
}

function wantedOf(endpoint: string): Wanted[] {
  const wanted: Wanted[] = [];
  if (canBeExactDimension(endpoint)) wanted.push({ endpoint, metric: 'exact' });
  if (canBeGuideMetric(endpoint)) wanted.push({ endpoint, metric: 'sum' });
  return wanted;
}

function queryOf({ endpoint, metric }: Wanted, index: number, Namespace: string): MetricDataQuery {
  const exact = { Namespace, MetricName: EXACT_METRIC, Dimensions: [{ Name: EXACT_DIMENSION, Value: endpoint }] };
  const MetricStat =
    metric === 'exact'
      ? { Metric: exact, Period: PERIOD, Stat: 'Maximum' }
      : { Metric: { Namespace, MetricName: endpoint }, Period: PERIOD, Stat: 'Sum' };
  return { Id: `q${index}`, MetricStat };
}

/** Gathers results, of which one metric's may come in several pages. */
class Hours {
  readonly #wanted: readonly Wanted[];
  readonly #hours = new Map<string, Map<string, { exact?: number; sum?: number }>>();

  constructor(wanted: readonly Wanted[]) {
    this.#wanted = wanted;
  }

  add({ Id = '', StatusCode, Timestamps = [], Values = [] }: MetricDataResult): void {
    const wanted = this.#wanted[Number(Id.slice(1))];
    if (wanted === undefined || (StatusCode !== 'Complete' && StatusCode !== 'PartialData')) {
      unreadable(new Error(`the result ${Id} is ${StatusCode}`));
    }
    const hours = this.#hours.get(wanted.endpoint) ?? new Map();
    this.#hours.set(wanted.endpoint, hours);
    for (const [index, time] of Timestamps.entries()) {
      const hour = hourOf(time.getTime());
      hours.set(hour, { ...hours.get(hour), [wanted.metric]: Values[index] });
    }
  }

  *inOrder(): Iterable<ReadBack> {
    for (const [endpoint, hours] of this.#hours) {
      const sorted = [...hours].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [hour, { exact, sum }] of sorted) yield { endpoint, hour, exact, sum };
    }
  }
}

function unreadable(error: unknown): never {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const fix = 'Check the region, the credentials and what they may do, or AWS_ENDPOINT_URL_CLOUDWATCH.';
  throw new OutsideError('SERVER', `CloudWatch could not be read: ${why}`, fix, { cause: error });
}
