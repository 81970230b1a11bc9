/**
 * ListMetrics: those that were told of a time in the last two weeks. The service takes up to 15 minutes to list a new
 * one; here it is there at once. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
 */
import type { Fields } from '../fields.ts';
import { refuse } from './errors.ts';
import type { KnownMetric, Samples } from './samples.ts';
import { offsetOf, tokenFor } from './token.ts';

const PAGE = 500;
export const ACTIVE_MS = 14 * 24 * 3_600_000;
const RECENT_MS = 3 * 3_600_000;
const MAX_FILTERS = 10;

export function listMetrics(samples: Samples, input: Fields, now: number): object {
  const namespace = input.string('Namespace');
  const name = input.string('MetricName');
  const recently = input.string('RecentlyActive');
  if (recently !== undefined && recently !== 'PT3H') {
    throw refuse('InvalidParameterValue', 'The parameter RecentlyActive must be a value in the set [ PT3H ].');
  }
  const filters = (input.list('Dimensions') ?? []).map((fields, index) => {
    const name = fields.string('Name');
    if (!name) throw refuse('MissingParameter', `The parameter Dimensions.member.${index + 1}.Name is required.`);
    return { name, value: fields.string('Value') };
  });
  if (filters.length > MAX_FILTERS) {
    throw refuse(
      'InvalidParameterValue',
      `The collection Dimensions must not have a size greater than ${MAX_FILTERS}.`,
    );
  }
  const fits = (metric: KnownMetric): boolean =>
    metric.newest * 1000 >= now - ACTIVE_MS &&
    (namespace === undefined || metric.namespace === namespace) &&
    (name === undefined || metric.name === name) &&
    (recently === undefined || metric.lastPut >= now - RECENT_MS) &&
    filters.every((filter) =>
      metric.dimensions.some((one) => one.name === filter.name && (filter.value ?? one.value) === one.value),
    );
  const found = samples.metrics().filter(fits);
  const offset = offsetOf(input);
  const next = offset + PAGE;
  const page = found.slice(offset, next).map((metric) => ({
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: metric.dimensions.map((one) => ({ Name: one.name, Value: one.value })),
  }));
  return { Metrics: page, ...(next < found.length ? { NextToken: tokenFor(input, next) } : {}) };
}
