/** What can be chosen about a deployment. Everything else is the same for everybody. */

export interface StackSettings {
  /** In front of every name; PREFIX_PATTERN of names.ts. */
  readonly prefix: string;
  /** Also write the guide's own metric, which counts twice what is sent twice. */
  readonly guideMetric: boolean;
  /** Requests a second that the API takes, from all senders together, on average. */
  readonly rate: number;
  /** Requests that it takes at once above that. */
  readonly burst: number;
  /** Days that logs are kept: one of RETENTION_DAYS. */
  readonly retentionDays: number;
  /** Who is told of alarms; nobody otherwise. */
  readonly alarmEmail: string | undefined;
  /** A header that senders must set beside the API key: `name:sha256 in hex` of its value. The value is not in the template. */
  readonly demandedHeader: string | undefined;
  /** What the functions log. */
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  /** Give the account's API Gateway the role that it needs to write logs. It has only one for all its APIs in a region. */
  readonly apiLogRole: boolean;
}

export const DEFAULT_SETTINGS: StackSettings = {
  prefix: '',
  guideMetric: true,
  rate: 100,
  burst: 200,
  retentionDays: 30,
  alarmEmail: undefined,
  demandedHeader: undefined,
  logLevel: 'warn',
  apiLogRole: true,
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** A Lambda function's own limits, which the handlers know of: the webhook begins no write after 15 s. */
export const FUNCTION_TIMEOUT_SECONDS = 18;
