/** Names of what is deployed. A prefix lets two stand side by side in one project, and share nothing. */
import { metricTypeWith } from './monitoring/metric.ts';

export interface Names {
  readonly webhookFunction: string;
  readonly sweepFunction: string;
  readonly sweepJob: string;
  readonly database: string;
  /** What buckets' names end with: the project's id comes first, since buckets are named in one space for everybody. */
  readonly asideBucket: string;
  readonly sourceBucket: string;
  readonly failureTopic: string;
  readonly failureSubscription: string;
  /** Of the demanded header, as one line: `Name: value`. */
  readonly headerSecret: string;
  /** Service accounts: 6 to 30 characters. */
  readonly webhookAccount: string;
  readonly sweepAccount: string;
  readonly callerAccount: string;
  readonly buildAccount: string;
  readonly dashboard: string;
  /** Of Cloud Monitoring. */
  readonly metricType: string;
}

/** What a prefix may be: a service account's name has 30 characters, of which up to 16 are taken. */
export const PREFIX_PATTERN = /^(?:[a-z][a-z0-9-]{0,9}-)?$/;

export function namesWith(prefix: string): Names {
  const base = `${prefix}mbed-time-series`;
  return {
    webhookFunction: `${base}-webhook`,
    sweepFunction: `${base}-sweep`,
    sweepJob: `${base}-sweep`,
    database: base,
    asideBucket: `${prefix}mbed-aside`,
    sourceBucket: `${prefix}mbed-source`,
    failureTopic: `${base}-failures`,
    failureSubscription: `${base}-failures`,
    headerSecret: `${base}-header`,
    webhookAccount: `${prefix}mbed-webhook`,
    sweepAccount: `${prefix}mbed-sweep`,
    callerAccount: `${prefix}mbed-caller`,
    buildAccount: `${prefix}mbed-build`,
    dashboard: `${prefix}mbed time series`,
    metricType: metricTypeWith(prefix),
  };
}

/** The functions as the Functions Framework knows them. */
export const WEBHOOK_TARGET = 'webhook';
export const SWEEP_TARGET = 'sweep';
/** The header that a sender has to have set. */
export const DEMANDED_HEADER = 'x-mts-key';
