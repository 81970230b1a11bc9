/** The metric and the dashboard. */
import { dashboard } from '../dashboard/dashboard.ts';
import { ENDPOINT_LABEL } from '../monitoring/metric.ts';
import type { Names } from '../names.ts';
import type { Part } from './part.ts';
import { needs } from './services.ts';

export function graph(names: Names): Part {
  return {
    resource: {
      google_monitoring_metric_descriptor: {
        presses: {
          type: names.metricType,
          metric_kind: 'CUMULATIVE',
          value_type: 'INT64',
          unit: '1',
          display_name: 'Button presses',
          description: 'Presses of a board, all that were ever told: look at its difference over an hour.',
          labels: [{ key: ENDPOINT_LABEL, value_type: 'STRING', description: "The board's endpoint name" }],
          metadata: { sample_period: '60s' },
          depends_on: needs('monitoring'),
        },
      },
      google_monitoring_dashboard: {
        presses: {
          // What looks like a reference in it is the dashboard's own.
          dashboard_json: JSON.stringify(dashboard(names)).replaceAll('${', () => '$${'),
          depends_on: needs('monitoring'),
        },
      },
    },
  };
}
