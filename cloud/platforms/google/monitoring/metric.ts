/**
 * The one metric that a deployment has in Cloud Monitoring, and what Google allows of it.
 *
 *   custom.googleapis.com/mbed/button_presses        CUMULATIVE INT64, label `endpoint`, of the resource `global`
 *   custom.googleapis.com/mbed/test_button_presses   of the deployment with the prefix `test-`
 *
 * Points of one endpoint only ever rise, from a start that is the same for all: the presses of an hour are the difference
 * between two points. https://cloud.google.com/monitoring/custom-metrics/creating-metrics
 */
import { HOUR_MS } from '../../../protocol/hour.ts';

export const ENDPOINT_LABEL = 'endpoint';
/** Labels of this one: the project alone. https://cloud.google.com/monitoring/api/resources#tag_global */
export const RESOURCE_TYPE = 'global';

/** No two prefixes have the same: they hold no `_`. https://cloud.google.com/monitoring/api/v3/naming-conventions */
export function metricTypeWith(prefix: string): string {
  return `custom.googleapis.com/mbed/${prefix.replaceAll('-', '_')}button_presses`;
}

/** All its series. https://cloud.google.com/monitoring/api/v3/filters */
export function metricFilter(metricType: string): string {
  return `metric.type = "${metricType}" AND resource.type = "${RESOURCE_TYPE}"`;
}

/** Where every series begins, at 0. Milliseconds since 1970. */
export const SERIES_START = Date.UTC(2020, 0, 1);

/** Series in a request, each with exactly one point: CreateTimeSeriesRequest of google/monitoring/v3/metric_service.proto. */
export const SERIES_LIMIT = 200;
/**
 * How far back a point's end may lie, and how far ahead: TimeInterval of google/monitoring/v3/common.proto says 25 hours and 5
 * minutes. Some minutes of the 25 hours are left for clocks that differ and requests that take their time.
 */
export const BACK_MS = 25 * HOUR_MS - 10 * 60_000;
/** Characters of a label's value: https://cloud.google.com/monitoring/quotas */
export const LABEL_LIMIT = 1_024;
/** Milliseconds between two points of a series, by our own rule; Google's is 5 s, and was 60 s for years. */
export const STEP_MS = 60_000;

/** Why no series can be named after this endpoint; undefined if one can. */
export function nameProblem(endpoint: string): string | undefined {
  if (endpoint === '') return 'an empty label is no label';
  if (endpoint.length > LABEL_LIMIT) {
    return `a label's value has at most ${LABEL_LIMIT} characters, this one has ${endpoint.length}`;
  }
  return endpoint.isWellFormed() ? undefined : "a label's value is UTF-8, this one has half a surrogate pair";
}
