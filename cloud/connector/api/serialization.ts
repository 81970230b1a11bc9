/**
 * How a channel wants its events spelt: Pelion's `serialization`, whose flags ARM's own example sends as texts (Pelion OpenAPI
 * of 29 April 2020, `SerializationConfigData`).
 *
 *   none at all ─► as the connector is set up     else ─► Pelion's plain form, and what each flag adds to it
 *
 * `boot`, which is ours, comes with uid and timestamp together: whoever asks for both counts.
 */
import type { Dialect, Extras } from '../../protocol/notification/message.ts';
import { ApiError } from './parts.ts';

export interface Form {
  readonly dialect?: Dialect;
  readonly mostItems?: number;
  /** Of the dialect's own where not given. */
  readonly extras?: Extras;
}

const [LEAST_ITEMS, MOST_ITEMS] = [100, 10_000];

/** 400 for one that is none. */
export function readSerialization(value: unknown): Form {
  if (value === undefined || value === null) return {};
  const { type, max_chunk_size: size, cfg } = fieldsOf(value, 'serialization');
  if (type !== 'v2') throw new ApiError(400, 'the type of serialization is v2');
  const flags = cfg === undefined || cfg === null ? {} : fieldsOf(cfg, 'cfg');
  return {
    dialect: 'pelion',
    extras: extrasOf(flags),
    ...(size === undefined || size === null ? {} : { mostItems: sizeOf(size) }),
  };
}

function extrasOf(flags: Readonly<Record<string, unknown>>): Extras {
  const isAsked = (name: string): boolean => flagOf(flags[name], name);
  const [uid, timestamp] = [isAsked('include_uid'), isAsked('include_timestamp')];
  const [originalEp, departuresAsObjects] = [isAsked('include_original_ep'), isAsked('deregistrations_as_object')];
  return { uid, timestamp, originalEp, departuresAsObjects, boot: uid && timestamp };
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ApiError(400, `${what} is no object`);
}

function flagOf(value: unknown, name: string): boolean {
  if (value === undefined || value === null || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw new ApiError(400, `${name} is neither true nor false`);
}

function sizeOf(value: unknown): number {
  const size = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  if (Number.isInteger(size) && (size as number) >= LEAST_ITEMS && (size as number) <= MOST_ITEMS)
    return size as number;
  throw new ApiError(400, `max_chunk_size is from ${LEAST_ITEMS} to ${MOST_ITEMS}`);
}
