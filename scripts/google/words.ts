/** The options that say where things are in Google Cloud. */
import { namesWith } from '../../cloud/platforms/google/names.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';

export const googleOptions = {
  'google-project': {
    type: 'string',
    describe:
      'Of the google platform: the project, by its id [default: GOOGLE_CLOUD_PROJECT, or as the credentials say]',
  },
  'google-prefix': {
    type: 'string',
    describe: 'Of the google platform: the --prefix that it was deployed with, also of the metric',
  },
  'google-database': {
    type: 'string',
    describe: 'Of the google platform: the Firestore database [default: as it was deployed]',
  },
  'google-bucket': {
    type: 'string',
    describe: 'Of the google platform: the bucket of what is set aside [default: as it was deployed]',
  },
} as const;

export interface GoogleWords {
  readonly googleProject?: string | undefined;
  readonly googlePrefix?: string | undefined;
  readonly googleDatabase?: string | undefined;
  readonly googleBucket?: string | undefined;
}

export interface GooglePlan {
  /** Undefined: as the credentials say. */
  readonly project: string | undefined;
  readonly database: string;
  /** Undefined: named after the project, which is to be found first. */
  readonly bucket: string | undefined;
  /** What the bucket's name ends with, if it is not named. */
  readonly asideBucket: string;
  readonly metricType: string;
}

/** UsageError for words that are wrong. */
export function googleFrom(words: GoogleWords, env: NodeJS.ProcessEnv): GooglePlan {
  const { googlePrefix = '', googleBucket: bucket } = words;
  const project = words.googleProject ?? env.GOOGLE_CLOUD_PROJECT ?? env.GCLOUD_PROJECT;
  // https://cloud.google.com/resource-manager/docs/creating-managing-projects (older ones have a domain before a colon)
  if (project !== undefined && !/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) {
    throw new UsageError('--google-project is no id of a project', 'Write it like my-project-1.');
  }
  if (!/^([a-z][a-z0-9-]{0,9}-)?$/.test(googlePrefix)) {
    throw new UsageError('--google-prefix is none', 'Write it like test-, as `mts google synth --prefix` had it.');
  }
  const names = namesWith(googlePrefix);
  const database = words.googleDatabase ?? names.database;
  // https://cloud.google.com/firestore/docs/manage-databases#database_id
  if (!/^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/.test(database)) {
    throw new UsageError('--google-database is no id of a database', 'Write it like mbed-time-series, or (default).');
  }
  // https://cloud.google.com/storage/docs/buckets#naming
  if (bucket !== undefined && !/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket)) {
    throw new UsageError(
      '--google-bucket is no name of a bucket',
      'Give 3 to 222 lower-case letters, digits, -, _ and dots.',
    );
  }
  return { project, database, bucket, asideBucket: names.asideBucket, metricType: names.metricType };
}
