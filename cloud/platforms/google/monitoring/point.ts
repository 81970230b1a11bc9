/** One point of an endpoint's series, as the JSON that Cloud Monitoring takes. Pure. */
import { ENDPOINT_LABEL, RESOURCE_TYPE, SERIES_START } from './metric.ts';

export interface Point {
  readonly endpoint: string;
  /** Milliseconds since 1970: the point's end time. */
  readonly at: number;
  /** Presses since the series began. */
  readonly value: number;
}

/** Where a series is. */
export interface SeriesPlace {
  readonly project: string;
  readonly metricType: string;
}

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TimeSeries */
export function timeSeries({ endpoint, at, value }: Point, { project, metricType }: SeriesPlace): object {
  return {
    metric: { type: metricType, labels: { [ENDPOINT_LABEL]: endpoint } },
    resource: { type: RESOURCE_TYPE, labels: { project_id: project } },
    metricKind: 'CUMULATIVE',
    valueType: 'INT64',
    points: [
      {
        interval: { startTime: timeText(SERIES_START), endTime: timeText(at) },
        // 64 bits are text in JSON: https://protobuf.dev/programming-guides/json/
        value: { int64Value: String(value) },
      },
    ],
  };
}

/** RFC 3339, as Google writes times. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
