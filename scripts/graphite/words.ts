/** The options that say where a Graphite is: carbon, which is told, and graphite-web, which shows. */
import type { CarbonProtocol } from '../../cloud/platforms/graphite/carbon.ts';
import { DEFAULT_PREFIX, prefixProblem } from '../../cloud/platforms/graphite/metric.ts';
import type { Login } from '../../cloud/platforms/graphite/render.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readPrivateLogin } from '../private-line.ts';
import { choice, wholeNumber } from '../words.ts';

const PROTOCOLS = ['plaintext', 'pickle'] as const;
/** carbon's own; https://graphite.readthedocs.io/en/latest/feeding-carbon.html */
const PORTS: Readonly<Record<CarbonProtocol, number>> = { plaintext: 2003, pickle: 2004 };
const MOST_PORT = 65_535;
const LOGIN = 'Write one line like `grafana:5f1c…` in it, user, colon, password, and `chmod 600` it.';

const webOptions = {
  'graphite-url': {
    type: 'string',
    describe: 'Of the graphite platform: where graphite-web is, like http://127.0.0.1:8080',
  },
  'graphite-prefix': {
    type: 'string',
    describe: `Of the graphite platform: what metrics begin with [default: ${DEFAULT_PREFIX}]`,
  },
  'graphite-login-file': {
    type: 'string',
    describe: 'Of the graphite platform: file with the login of graphite-web, one line `user:password`',
  },
} as const;

export const graphiteOptions = {
  carbon: { type: 'string', describe: 'Of the graphite platform: where carbon is, like 127.0.0.1:2003' },
  'carbon-protocol': {
    type: 'string',
    describe: `Of the graphite platform: ${PROTOCOLS.join(' or ')} [default: plaintext; pickle on port 2004]`,
  },
  ...webOptions,
} as const;

/** For who only reads. */
export const graphiteWebOptions = webOptions;

export interface GraphiteWebWords {
  readonly graphiteUrl?: string | undefined;
  readonly graphitePrefix?: string | undefined;
  readonly graphiteLoginFile?: string | undefined;
}

export interface GraphiteWords extends GraphiteWebWords {
  readonly carbon?: string | undefined;
  readonly carbonProtocol?: string | undefined;
}

export interface GraphiteWebPlan {
  readonly url: string;
  readonly prefix: string;
  readonly login?: Login;
}

export interface GraphitePlan extends GraphiteWebPlan {
  readonly carbon: { readonly host: string; readonly port: number; readonly protocol: CarbonProtocol };
}

/** UsageError for words that are wrong or missing; OutsideError FILE for a login file that cannot be read. */
export async function graphiteFrom(words: GraphiteWords, _env: NodeJS.ProcessEnv = {}): Promise<GraphitePlan> {
  return { carbon: carbonFrom(words), ...(await graphiteWebFrom(words)) };
}

/** As `graphiteFrom`, of graphite-web alone. */
export async function graphiteWebFrom(words: GraphiteWebWords): Promise<GraphiteWebPlan> {
  const { graphiteUrl, graphiteLoginFile } = words;
  const url = urlFrom(graphiteUrl);
  const prefix = prefixFrom(words);
  if (graphiteLoginFile === undefined) return { url: url.href, prefix };
  const { isLoopback } = await import('../service-words.ts');
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new UsageError(
      `--graphite-url is ${url.href}, where the login would go in the clear`,
      'Write https://, or leave out --graphite-login-file.',
    );
  }
  return { url: url.href, prefix, login: await readPrivateLogin('--graphite-login-file', graphiteLoginFile, LOGIN) };
}

export function prefixFrom({ graphitePrefix = DEFAULT_PREFIX }: GraphiteWebWords): string {
  const problem = prefixProblem(graphitePrefix);
  if (problem === undefined) return graphitePrefix;
  throw new UsageError(`--graphite-prefix cannot be used: ${problem}`, `Write it like ${DEFAULT_PREFIX}.`);
}

function carbonFrom({ carbon, carbonProtocol }: GraphiteWords): GraphitePlan['carbon'] {
  const example = 'Write it like 127.0.0.1:2003, [::1]:2003 or graphite.example.org.';
  if (carbon === undefined || carbon === '')
    throw new UsageError('--carbon is missing', `Say where carbon is. ${example}`);
  const [, six, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(carbon) ?? [];
  const host = six ?? name;
  if (host === undefined) throw new UsageError('--carbon is no host and port', example);
  const given = digits === undefined ? undefined : wholeNumber("--carbon's port", digits, 1, MOST_PORT);
  const protocol =
    carbonProtocol === undefined
      ? (PROTOCOLS.find((one) => PORTS[one] === given) ?? 'plaintext')
      : choice('--carbon-protocol', carbonProtocol, PROTOCOLS);
  return { host, port: given ?? PORTS[protocol], protocol };
}

function urlFrom(text: string | undefined): URL {
  const example = 'Write it like http://127.0.0.1:8080 or https://graphite.example.org.';
  if (text === undefined || text === '') {
    throw new UsageError(
      '--graphite-url is missing',
      `carbon acknowledges nothing: graphite-web says what arrived. ${example}`,
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError('--graphite-url is no address of a web server', example);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('--graphite-url has more than an address', 'Leave out user, password, ? and #.');
  }
  if (/\/render\/?$/.test(url.pathname)) {
    throw new UsageError('--graphite-url ends in /render', 'Leave that out: it is added.');
  }
  return url;
}
