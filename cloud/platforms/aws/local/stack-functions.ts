/** The three functions, told what the deployed stack tells them, with the addresses of what is in place of AWS's services. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Names } from '../names.ts';
import { type Environment, functionSurroundings, regionOf } from './elsewhere.ts';
import { type FunctionOptions, type LocalFunction, startFunction } from './functions/function.ts';

export interface FunctionsOptions {
  /** Of this process, or what may be known of it: elsewhere.ts chooses what the functions get. */
  readonly environment: Environment;
  /** Write the guide's own metric, too. */
  readonly guideMetric?: boolean;
  /** `name:sha256 in hex` of a header that senders must set beside the API key. */
  readonly demandedHeader?: string;
  readonly logLevel?: string;
  /** Processes of a function at once. */
  readonly maxProcesses?: number;
  /** A line that `source` (a function's name, or `stack`) wrote. */
  readonly log: (source: string, line: string) => void;
  /** Tests: other entries, or functions that are killed. */
  readonly functions?: Partial<Record<FunctionKind, Changed>>;
}

export type FunctionKind = 'webhook' | 'iot' | 'stream';
type Changed = Partial<Pick<FunctionOptions, 'entry' | 'killBeforeAnswer' | 'timeoutMs'>>;
export type StackFunctions = Readonly<Record<FunctionKind, LocalFunction>>;

interface Surroundings {
  readonly bucket: string;
  readonly queueUrl: string;
  /** The SDK's variables. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** As deployed. */
const TIMEOUT_MS = 18_000;
export const MAX_PROCESSES = 4;

export function startFunctions(
  options: FunctionsOptions,
  names: Names,
  { bucket, queueUrl, endpoints }: Surroundings,
): StackFunctions {
  const { environment, demandedHeader, guideMetric = true, logLevel = 'warn', maxProcesses = MAX_PROCESSES } = options;
  const region = regionOf(environment);
  const aside = { ASIDE_BUCKET: bucket, FAILURE_QUEUE_URL: queueUrl };
  const counting = { TABLE: names.table, ...aside };
  const make = (kind: FunctionKind, name: string, env: Readonly<Record<string, string>>, most: number): LocalFunction =>
    startFunction({
      ...{ name, region, timeoutMs: TIMEOUT_MS, maxProcesses: most },
      arn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
      entry: fileURLToPath(new URL(`../handlers/${kind}.main${extname(import.meta.url)}`, import.meta.url)),
      env: {
        ...functionSurroundings(environment),
        ...endpoints,
        ...env,
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: 'MbedTimeSeries',
        POWERTOOLS_LOG_LEVEL: logLevel.toUpperCase(),
      },
      log: (line) => options.log(name, line),
      ...options.functions?.[kind],
    });
  return {
    webhook: make(
      'webhook',
      names.webhookFunction,
      { ...counting, ...(demandedHeader === undefined ? {} : { DEMANDED_HEADER: demandedHeader }) },
      maxProcesses,
    ),
    iot: make('iot', names.iotFunction, counting, maxProcesses),
    // One a shard: DynamoDB Local has one at a time.
    stream: make(
      'stream',
      names.streamFunction,
      { NAMESPACE: names.namespace, GUIDE_METRIC: guideMetric ? 'on' : 'off', ...aside },
      2,
    ),
  };
}
