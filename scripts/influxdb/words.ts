/** The options that say where an InfluxDB is, and how to log in there. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readPrivateLine, readPrivateLogin } from '../private-line.ts';
import { isLoopback } from '../service-words.ts';

export const influxOptions = {
  'influx-url': {
    type: 'string',
    describe: 'Of the influxdb platform: where it is [default: http://127.0.0.1:8086]',
  },
  'influx-database': {
    type: 'string',
    describe: 'Of the influxdb platform: the database, or the one that a bucket is mapped to [default: mbed]',
  },
  'influx-retention-policy': {
    type: 'string',
    describe: 'Of the influxdb platform: the retention policy [default: as the server says]',
  },
  'influx-token-file': {
    type: 'string',
    describe: 'Of the influxdb platform: file with a token of 2.x or 3, in one line [default: INFLUX_TOKEN]',
  },
  'influx-login-file': {
    type: 'string',
    describe: 'Of the influxdb platform: file with a login of 1.x, one line `user:password`',
  },
} as const;

export interface InfluxWords {
  readonly influxUrl?: string | undefined;
  readonly influxDatabase?: string | undefined;
  readonly influxRetentionPolicy?: string | undefined;
  readonly influxTokenFile?: string | undefined;
  readonly influxLoginFile?: string | undefined;
}

export interface InfluxPlan {
  readonly url: string;
  readonly database: string;
  readonly retentionPolicy?: string;
  /** A secret: the header that is sent. */
  readonly authorization?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:8086';
const DEFAULT_DATABASE = 'mbed';
const MOST_NAME = 255;

/** UsageError for words that are wrong; OutsideError FILE for a file that cannot be read. */
export async function influxFrom(words: InfluxWords, env: NodeJS.ProcessEnv): Promise<InfluxPlan> {
  const url = urlFrom(words.influxUrl ?? DEFAULT_URL);
  const database = nameFrom('--influx-database', words.influxDatabase ?? DEFAULT_DATABASE);
  const { influxRetentionPolicy: policy } = words;
  const rest = policy === undefined ? {} : { retentionPolicy: nameFrom('--influx-retention-policy', policy) };
  const authorization = await authorizationFrom(words, env);
  if (authorization === undefined) return { url: url.href, database, ...rest };
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new UsageError(`--influx-url is ${url.href}, where the secret would go in the clear`, 'Write https://.');
  }
  return { url: url.href, database, ...rest, authorization };
}

async function authorizationFrom(
  { influxTokenFile, influxLoginFile }: InfluxWords,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (influxTokenFile !== undefined && influxLoginFile !== undefined) {
    throw new UsageError('--influx-token-file and --influx-login-file are both given', 'Give one of them.');
  }
  if (influxLoginFile !== undefined) {
    const example = 'Write one line like `mts:5f1c…` in it, user, colon, password, and `chmod 600` it.';
    const { user, password } = await readPrivateLogin('--influx-login-file', influxLoginFile, example);
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  const token =
    influxTokenFile === undefined
      ? env.INFLUX_TOKEN
      : await readPrivateLine('--influx-token-file', influxTokenFile, 'Write the token in it, and `chmod 600` it.');
  if (token === undefined || token === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError('the InfluxDB token has signs that no token has', 'Copy it anew.');
  return `Token ${token}`;
}

function nameFrom(option: string, name: string): string {
  if (/^[^\p{Cc}]+$/u.test(name) && name.length <= MOST_NAME) return name;
  throw new UsageError(`${option} is no name`, 'Write it like mbed.');
}

function urlFrom(text: string): URL {
  const example = 'Write it like http://127.0.0.1:8086 or https://influx.example.org.';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError('--influx-url is no address of a server', example);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('--influx-url has more than an address', 'Leave out user, password, ? and #.');
  }
  // The endpoints are below it.
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
