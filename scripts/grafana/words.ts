/** Words of `mts dashboard grafana`: which platform, and what its queries and its data source need to be told. */
import { prefixProblem } from '../../cloud/platforms/graphite/metric.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { accountFrom, prefixFrom } from '../aws/account-words.ts';
import { prefixFrom as googlePrefixFrom } from '../google/settings-words.ts';
import { choice } from '../words.ts';

/** Those that Grafana has a data source for: all but the local one. */
export const GRAFANA_PLATFORMS = ['influxdb', 'graphite', 'aws', 'azure', 'google'] as const;
export type GrafanaPlatform = (typeof GRAFANA_PLATFORMS)[number];

/** Which platforms an option is of. */
const OF = {
  url: ['influxdb', 'graphite'],
  database: ['influxdb'],
  user: ['influxdb'],
  token: ['influxdb'],
  prefix: ['graphite', 'aws', 'google'],
  region: ['aws'],
  namespace: ['aws', 'azure'],
  resource: ['azure'],
  project: ['google'],
} as const satisfies Readonly<Record<string, readonly GrafanaPlatform[]>>;

export const grafanaOptions = {
  platform: { type: 'string', demandOption: true, describe: `Where the counts go: ${GRAFANA_PLATFORMS.join(', ')}` },
  url: { type: 'string', describe: 'Of influxdb and graphite: where Grafana reaches the server' },
  database: { type: 'string', describe: 'Of influxdb: the database, or the bucket; default: mbed' },
  user: { type: 'string', describe: 'Of influxdb 1: a user; Grafana takes the password from $INFLUXDB_PASSWORD' },
  token: { type: 'boolean', describe: 'Of influxdb 2: Grafana takes a token from $INFLUXDB_TOKEN' },
  prefix: {
    type: 'string',
    describe: "Of graphite: what metrics begin with; of aws and google: the deployment's --prefix",
  },
  region: { type: 'string', describe: "Of aws: like eu-west-1; default: the data source's" },
  namespace: {
    type: 'string',
    describe: 'Of aws and azure: the namespace of the metric, where it is not the usual one',
  },
  resource: { type: 'string', describe: 'Of azure: id of the resource that the metric is told of: /subscriptions/…' },
  project: { type: 'string', describe: "Of google: the project; default: the data source's" },
  out: { type: 'string', describe: 'Also write the dashboard, and files that provision it, into this folder' },
  force: { type: 'boolean', default: false, describe: 'Replace files that are there with other content' },
  json: { type: 'boolean', default: false, describe: 'One JSON document, on one line' },
} as const;

type OwnWord = keyof typeof OF;

export type GrafanaWords = {
  readonly platform: string;
  readonly token?: boolean | undefined;
} & { readonly [word in Exclude<OwnWord, 'token'>]?: string | undefined };

/** What was asked for: checked, and with nothing of another platform. */
export interface GrafanaPlan extends Omit<GrafanaWords, 'platform'> {
  readonly platform: GrafanaPlatform;
}

/** UsageError for words that are wrong, missing, or of another platform. */
export function grafanaFrom(words: GrafanaWords): GrafanaPlan {
  const platform = choice('--platform', words.platform, GRAFANA_PLATFORMS);
  for (const [word, owners] of Object.entries(OF) as [OwnWord, readonly GrafanaPlatform[]][]) {
    if (words[word] === undefined) continue;
    if (!owners.includes(platform)) {
      throw new UsageError(`--${word} is of ${owners.join(' and ')}`, `Leave it out, or give --platform ${owners[0]}.`);
    }
    if (words[word] === '') throw new UsageError(`--${word} is empty`, 'Give it a value, or leave it out.');
  }
  if (words.url !== undefined) checkUrl(words.url);
  if (words.user !== undefined && words.token) {
    throw new UsageError('--user and --token are given', 'Give --user for InfluxDB 1, --token for InfluxDB 2.');
  }
  if (platform === 'aws') {
    accountFrom({ region: words.region });
    prefixFrom(words.prefix ?? '');
  }
  if (platform === 'google') googlePrefixFrom(words.prefix ?? '');
  const problem = platform === 'graphite' && words.prefix !== undefined ? prefixProblem(words.prefix) : undefined;
  if (problem !== undefined) throw new UsageError(`--prefix: ${problem}`, 'Write it like mbed.button_presses.');
  return { ...words, platform };
}

/** A password in it would stand in a file that anybody may read. */
function checkUrl(text: string): void {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `--url is ${url === null ? text : url.protocol}, which is no web address`,
      'Write it like http://127.0.0.1:8086.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      '--url holds a login',
      'Leave it out of the address: --user and --token say how Grafana logs in.',
    );
  }
}
