/** Starts the stack on this machine with what this process has: its environment, clock, chance and cache. */
import { randomUUID } from 'node:crypto';
import { fetchDynamoDbLocal } from '../../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../cloud/platforms/aws/local/stack.ts';
import type { Io } from '../cli.ts';
import { LOG_LEVELS, type LogLevel } from '../log-levels.ts';
import { cacheFolder, javaCommand, npmCommand } from '../own-tools.ts';

export type LocalStackWords = Pick<
  LocalStackOptions,
  'dataDir' | 'ports' | 'prefix' | 'throttle' | 'guideMetric' | 'demandedHeader' | 'windowMs'
> & { readonly logLevel: LogLevel };

/** DynamoDB Local has no word for the address that it listens on. */
export const OPEN_DOOR =
  'DynamoDB Local listens on every address of this machine, and asks nobody for a key: keep strangers out by a firewall.\n';

/** Whether the user points a part elsewhere, by the SDK's own variable. */
export function isElsewhere(service: 'DYNAMODB' | 'CLOUDWATCH' | 'S3' | 'SQS'): boolean {
  return (process.env[`AWS_ENDPOINT_URL_${service}`] ?? '') !== '';
}

/** What the functions and the stand-ins say goes to stderr. OutsideError for what is missing or in the way. */
export function openLocalStack(words: LocalStackWords, io: Io): Promise<LocalStack> {
  const environment = process.env;
  return startLocalStack({
    ...words,
    dynamoDb: {
      java: javaCommand(environment),
      home: () => {
        const [cache, npm] = [cacheFolder(environment), npmCommand(environment)];
        return fetchDynamoDbLocal({ cache, npm, onFetch: io.err, signal: io.stop });
      },
    },
    environment,
    random: Math.random,
    newId: randomUUID,
    now: io.now,
    sleep: io.sleep,
    signal: io.stop,
    log: (source, line) => {
      // Metrics that Powertools writes as lines, for CloudWatch Logs to read.
      const isMetric = line.startsWith('{"_aws"');
      if (!isMetric || LOG_LEVELS.indexOf(words.logLevel) >= LOG_LEVELS.indexOf('debug'))
        io.err(`${source}: ${line}\n`);
    },
  });
}
