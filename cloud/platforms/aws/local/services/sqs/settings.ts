/**
 * A queue's settings. FIFO queues, redriving to another queue and keys for encryption are not here: their attributes are refused.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
import type { Fields } from '../fields.ts';
import { refuse } from './errors.ts';
import { type Bounds, DELAY, VISIBILITY, WAIT } from './whole.ts';

/** Bytes of a message with its attributes: 1 MiB since August 2025, 256 KiB before. */
export const MAX_MESSAGE = 1_048_576;

const SETTINGS = {
  VisibilityTimeout: { ...VISIBILITY, otherwise: 30 },
  DelaySeconds: { ...DELAY, otherwise: 0 },
  ReceiveMessageWaitTimeSeconds: { ...WAIT, otherwise: 0 },
  MessageRetentionPeriod: { from: 60, to: 1_209_600, otherwise: 345_600 },
  MaximumMessageSize: { from: 1_024, to: MAX_MESSAGE, otherwise: MAX_MESSAGE },
} as const satisfies Record<string, Bounds & { readonly otherwise: number }>;

type SettingName = keyof typeof SETTINGS;

/** Seconds, and bytes of MaximumMessageSize. */
export type Settings = Readonly<Record<SettingName, number>>;

/** Those that a request gives (attributes are text on the wire), and no others. */
export function readSettings(attributes: Fields | undefined): Partial<Settings> {
  const given: Partial<Record<SettingName, number>> = {};
  for (const name of Object.keys(attributes?.raw ?? {})) {
    if (!Object.hasOwn(SETTINGS, name)) throw refuse('InvalidAttributeName', `Unknown Attribute ${name}.`);
    const { from, to } = SETTINGS[name as SettingName];
    const text = attributes?.string(name) ?? '';
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) {
      throw refuse('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
    given[name as SettingName] = value;
  }
  return given;
}

export function withDefaults(given: Partial<Settings>): Settings {
  const defaults = Object.entries(SETTINGS).map(([name, { otherwise }]) => [name, otherwise]);
  return { ...(Object.fromEntries(defaults) as Settings), ...given };
}
