/** An AWS account as the stand-in keeps it: what its services have done, and what they shall do next. */

export interface StackState {
  readonly name: string;
  template: string;
  status: string;
  /** Changes that are prepared and not made. */
  prepared: { readonly name: string; readonly template: string } | undefined;
}

export interface Account {
  /** What was asked, in order: `CreateChangeSet`, `AmazonSSM.GetParameter`, `GET /apikeys/…`. */
  readonly asked: string[];
  readonly stacks: Map<string, StackState>;
  readonly deleted: Map<string, StackState>;
  /** Requests for change sets, as they came. */
  readonly changeSets: URLSearchParams[];
  /** Objects of all buckets, by `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  readonly deletedBuckets: string[];
  readonly deletedTables: string[];
  /** Messages in the failure queue. */
  queued: number;
  /** Was prepared for deployments. */
  bootstrapped: boolean;
  /** Knows the credentials. */
  known: boolean;
  /** Why the next change fails, if it does. */
  failure: string | undefined;
  /** Changes are begun and not ended. */
  slow: boolean;
}

export const ACCOUNT_ID = '123456789012';
export const REGION = 'eu-west-1';
export const API_KEY = 'ThisIsTheKeyThatNobodyMaySee0123456789ab';
export const BUCKET = `mbed-time-series-${ACCOUNT_ID}-${REGION}`;

export function newAccount(): Account {
  return {
    asked: [],
    stacks: new Map(),
    deleted: new Map(),
    changeSets: [],
    objects: new Map(),
    deletedBuckets: [],
    deletedTables: [],
    queued: 0,
    bootstrapped: true,
    known: true,
    failure: undefined,
    slow: false,
  };
}
