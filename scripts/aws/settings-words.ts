/** Words that say what is deployed, as settings of the stack. Each deployment says all of it: what is not said has its default. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { DEFAULT_SETTINGS, RETENTION_DAYS, type StackSettings } from '../../cloud/platforms/aws/stack/settings.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readHeaderFile } from '../header-file.ts';
import { LOG_LEVELS } from '../log-levels.ts';
import { choice, duration, positiveNumber, wholeNumber } from '../words.ts';
import { prefixFrom, prefixOption } from './account-words.ts';

const ON_OFF = ['on', 'off'] as const;
const DAY = 86_400_000;
/** What API Gateway gives an account: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const MOST_PER_SECOND = 10_000;
const MOST_AT_ONCE = 5_000;

export const settingsOptions = {
  ...prefixOption,
  'guide-metric': { type: 'string', default: 'on', describe: "Write the guide's own metric, too: on, off" },
  rate: { type: 'string', default: `${DEFAULT_SETTINGS.rate}`, describe: 'Requests a second that the webhook takes' },
  burst: {
    type: 'string',
    default: `${DEFAULT_SETTINGS.burst}`,
    describe: 'Requests that it takes at once above that',
  },
  retention: { type: 'string', default: `${DEFAULT_SETTINGS.retentionDays}d`, describe: 'How long logs are kept' },
  'alarm-email': { type: 'string', describe: 'Who is told of alarms; has to confirm by mail' },
  'header-file': {
    type: 'string',
    describe: 'File with a header that senders must set beside the API key, as `Name: value`',
  },
  'log-level': {
    type: 'string',
    default: DEFAULT_SETTINGS.logLevel,
    describe: `What the functions log: ${LOG_LEVELS.join(', ')}`,
  },
  'api-log-role': {
    type: 'string',
    default: 'on',
    describe: "Set the role by which the account's API Gateway logs: on; off where it has one",
  },
} as const;

export type SettingsWords = ArgumentsCamelCase<InferredOptionTypes<typeof settingsOptions>>;

/** Checks every word; reads the header's file, of which the settings hold a digest. */
export async function settingsFrom(words: SettingsWords): Promise<StackSettings> {
  return {
    prefix: prefixFrom(words.prefix),
    guideMetric: choice('--guide-metric', words.guideMetric, ON_OFF) === 'on',
    rate: positiveNumber('--rate', words.rate, MOST_PER_SECOND),
    burst: wholeNumber('--burst', words.burst, 1, MOST_AT_ONCE),
    retentionDays: retention(words.retention),
    alarmEmail: words.alarmEmail === undefined ? undefined : email(words.alarmEmail),
    demandedHeader: words.headerFile === undefined ? undefined : await demanded(words.headerFile),
    logLevel: choice('--log-level', words.logLevel, LOG_LEVELS),
    apiLogRole: choice('--api-log-role', words.apiLogRole, ON_OFF) === 'on',
  };
}

function retention(text: string): number {
  const days = duration('--retention', text) / DAY;
  if (!RETENTION_DAYS.includes(days)) {
    throw new UsageError(
      `--retention is ${text}, which CloudWatch Logs does not offer`,
      `Give one of: ${RETENTION_DAYS.map((day) => `${day}d`).join(', ')}.`,
    );
  }
  return days;
}

/** Not whether it is one, which only a mail can tell: what is surely none. */
function email(text: string): string {
  if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(text)) {
    throw new UsageError(`--alarm-email is ${text}`, 'Write it like you@example.com.');
  }
  return text;
}

/** `name:digest`, as the webhook function takes it. */
async function demanded(path: string): Promise<string> {
  const { demandHeader } = await import('../../cloud/ingest/demanded-header.ts');
  const given = await readHeaderFile(path);
  if (/^x-api-key$/i.test(given.name)) {
    throw new UsageError(`${path} holds the API key's own header`, 'Choose another name, like Authorization.');
  }
  const { name, digest } = demandHeader(given.name, given.value);
  return `${name}:${Buffer.from(digest).toString('hex')}`;
}
