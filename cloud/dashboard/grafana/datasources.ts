/**
 * Data sources as Grafana's provisioning wants them, one a platform: plain objects, which become YAML elsewhere.
 *
 * No secret is in them: `$NAME` is replaced by Grafana with its own environment's variable, and a `$` of anything else is
 * written `$$`. https://grafana.com/docs/grafana/latest/administration/provisioning/#use-environment-variables
 */

export interface ProvisionedDataSource {
  readonly name: string;
  readonly uid: string;
  /** Id of the Grafana plugin. */
  readonly type: string;
  readonly access: 'proxy';
  readonly url?: string;
  readonly user?: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly secureJsonData?: Readonly<Record<string, string>>;
}

/** The name and uid of our data source: several platforms can stand in one Grafana. */
export interface Identity {
  readonly name: string;
  readonly uid: string;
}

export interface InfluxdbAccess {
  readonly url: string;
  /** Of InfluxDB 2, the bucket: it answers InfluxQL for a database of that name. */
  readonly database: string;
  /** A user of InfluxDB 1, whose password is in INFLUXDB_PASSWORD; a token of InfluxDB 2, in INFLUXDB_TOKEN; or nobody. */
  readonly login: { readonly user: string } | 'token' | undefined;
}

/** https://grafana.com/docs/grafana/latest/datasources/influxdb/configure/#provision-the-data-source */
export function influxdbSource(identity: Identity, { url, database, login }: InfluxdbAccess): ProvisionedDataSource {
  const source = { ...identity, type: 'influxdb', access: 'proxy', url: literal(url) } as const;
  const jsonData = { version: 'InfluxQL', dbName: literal(database), httpMode: 'POST' };
  if (login === undefined) return { ...source, jsonData };
  if (login === 'token') {
    return {
      ...source,
      jsonData: { ...jsonData, httpHeaderName1: 'Authorization' },
      secureJsonData: { httpHeaderValue1: 'Token $INFLUXDB_TOKEN' },
    };
  }
  return { ...source, user: literal(login.user), jsonData, secureJsonData: { password: '$INFLUXDB_PASSWORD' } };
}

/** https://grafana.com/docs/grafana/latest/datasources/graphite/configure/#provision-the-data-source */
export function graphiteSource(identity: Identity, url: string): ProvisionedDataSource {
  return { ...identity, type: 'graphite', access: 'proxy', url: literal(url), jsonData: { graphiteVersion: '1.1' } };
}

/**
 * `default`: credentials as every AWS SDK finds them, where Grafana runs.
 * https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/configure/#provision-the-data-source
 */
export function cloudwatchSource(identity: Identity, region: string, namespace: string): ProvisionedDataSource {
  return {
    ...identity,
    type: 'cloudwatch',
    access: 'proxy',
    jsonData: { authType: 'default', defaultRegion: literal(region), customMetricsNamespaces: literal(namespace) },
  };
}

/** An app registration. https://grafana.com/docs/grafana/latest/datasources/azure-monitor/configure/#provision-the-data-source */
export function azureMonitorSource(identity: Identity, subscription: string): ProvisionedDataSource {
  return {
    ...identity,
    type: 'grafana-azure-monitor-datasource',
    access: 'proxy',
    jsonData: {
      azureAuthType: 'clientsecret',
      cloudName: 'azuremonitor',
      tenantId: '$AZURE_TENANT_ID',
      clientId: '$AZURE_CLIENT_ID',
      subscriptionId: literal(subscription),
    },
    secureJsonData: { clientSecret: '$AZURE_CLIENT_SECRET' },
  };
}

/** A service account's key. https://grafana.com/docs/grafana/latest/datasources/google-cloud-monitoring/configure/#provision-the-data-source */
export function cloudMonitoringSource(identity: Identity, project: string): ProvisionedDataSource {
  return {
    ...identity,
    type: 'stackdriver',
    access: 'proxy',
    jsonData: {
      authenticationType: 'jwt',
      defaultProject: literal(project),
      clientEmail: '$GOOGLE_CLIENT_EMAIL',
      tokenUri: 'https://oauth2.googleapis.com/token',
    },
    secureJsonData: { privateKey: '$GOOGLE_PRIVATE_KEY' },
  };
}

/** A value that Grafana must not look for variables in. */
export function literal(value: string): string {
  return value.replaceAll('$', () => '$$');
}
