/**
 * For each platform that Grafana can look at: how people call it, its queries with the names that the platform's own sink writes,
 * and its data source. Loads Grafana's builders, and of the platforms only the names.
 */
import {
  azureMonitorSource,
  cloudMonitoringSource,
  cloudwatchSource,
  graphiteSource,
  type Identity,
  influxdbSource,
  type ProvisionedDataSource,
} from '../../cloud/dashboard/grafana/datasources.ts';
import type { Queries } from '../../cloud/dashboard/grafana/queries/queries.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { azureResource } from './azure-resource.ts';
import { GRAPHITE_CODES, INFLUXDB_DATABASE } from './names.ts';
import type { GrafanaPlan, GrafanaPlatform } from './words.ts';

export interface GrafanaTarget {
  readonly title: string;
  readonly queries: Queries;
  /** UsageError if it lacks a word that the dashboard can do without. */
  readonly source: (identity: Identity) => ProvisionedDataSource;
}

const TARGETS: Readonly<Record<GrafanaPlatform, (plan: GrafanaPlan) => Promise<GrafanaTarget>>> = {
  influxdb: async ({ url, database, user, token }) => {
    const { influxdbQueries } = await import('../../cloud/dashboard/grafana/queries/influxdb.ts');
    const { COUNT_FIELD, ENDPOINT_TAG, MEASUREMENT } = await import('../../cloud/platforms/influxdb/point.ts');
    const login = token ? 'token' : user === undefined ? undefined : { user };
    const access = { url: url ?? 'http://127.0.0.1:8086', database: database ?? INFLUXDB_DATABASE, login } as const;
    return {
      title: 'InfluxDB',
      queries: influxdbQueries({ measurement: MEASUREMENT, tag: ENDPOINT_TAG, field: COUNT_FIELD }),
      source: (identity) => influxdbSource(identity, access),
    };
  },
  graphite: async ({ url, prefix }) => {
    const { graphiteQueries } = await import('../../cloud/dashboard/grafana/queries/graphite.ts');
    const { DEFAULT_PREFIX } = await import('../../cloud/platforms/graphite/metric.ts');
    return {
      title: 'Graphite',
      queries: graphiteQueries({ prefix: prefix ?? DEFAULT_PREFIX, codes: GRAPHITE_CODES }),
      source: (identity) => graphiteSource(identity, url ?? 'http://127.0.0.1:8080'),
    };
  },
  aws: async ({ prefix, namespace, region }) => {
    const { awsQueries } = await import('../../cloud/dashboard/grafana/queries/aws.ts');
    const { EXACT_DIMENSION, EXACT_METRIC, namesWith } = await import('../../cloud/platforms/aws/names.ts');
    const names = {
      namespace: namespace ?? namesWith(prefix ?? '').namespace,
      metric: EXACT_METRIC,
      dimension: EXACT_DIMENSION,
      region: region ?? 'default',
    };
    return {
      title: 'CloudWatch',
      queries: awsQueries(names),
      source: (identity) => cloudwatchSource(identity, needed('region', region), names.namespace),
    };
  },
  azure: async ({ resource, namespace }) => {
    const { azureQueries } = await import('../../cloud/dashboard/grafana/queries/azure.ts');
    const { DIMENSION, METRIC, NAMESPACE } = await import('../../cloud/platforms/azure/monitor/names.ts');
    const told = azureResource(resource);
    return {
      title: 'Azure Monitor',
      queries: azureQueries({ ...told, namespace: namespace ?? NAMESPACE, metric: METRIC, dimension: DIMENSION }),
      source: (identity) => azureMonitorSource(identity, told.subscription),
    };
  },
  google: async ({ project, prefix }) => {
    const { googleQueries } = await import('../../cloud/dashboard/grafana/queries/google.ts');
    const { ENDPOINT_LABEL, metricTypeWith } = await import('../../cloud/platforms/google/monitoring/metric.ts');
    return {
      title: 'Cloud Monitoring',
      queries: googleQueries({
        project: project ?? '',
        metricType: metricTypeWith(prefix ?? ''),
        label: ENDPOINT_LABEL,
      }),
      source: (identity) => cloudMonitoringSource(identity, needed('project', project)),
    };
  },
};

/** A dashboard can leave it to the data source; a data source that is provisioned cannot. */
function needed(word: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UsageError(`--${word} is missing: a data source needs one`, `Give it, or leave --out out.`);
}

/** UsageError if the platform lacks a word that it cannot do without. */
export function grafanaTarget(plan: GrafanaPlan): Promise<GrafanaTarget> {
  return TARGETS[plan.platform](plan);
}
