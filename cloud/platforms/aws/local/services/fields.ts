/**
 * Reads the members of a JSON request: each is absent, or of the type that the service's model says, else the request is
 * refused with SerializationException. What a value may be is the operation's matter.
 */
import { GENERAL, Refusal } from './refusal.ts';

/** How the JSON protocol writes numbers that JSON has no way to write. */
const SPECIAL_NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

export class Fields {
  readonly raw: Readonly<Record<string, unknown>>;

  /** Of a value parsed from JSON; refuses what is no object. */
  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('an object', value);
    this.raw = value as Record<string, unknown>;
  }

  string(name: string): string | undefined {
    return this.#read(name, asString);
  }

  /** May be NaN or infinite, as the protocol can write those. */
  number(name: string): number | undefined {
    return this.#read(name, asNumber);
  }

  boolean(name: string): boolean | undefined {
    return this.#read(name, (value) => {
      if (typeof value !== 'boolean') throw malformed('a boolean', value);
      return value;
    });
  }

  /** Milliseconds since 1970; on the wire it is seconds, with fractions. */
  time(name: string): number | undefined {
    const seconds = this.number(name);
    if (seconds === undefined) return undefined;
    if (!Number.isFinite(seconds) || Math.abs(seconds) > MAX_SECONDS) throw malformed('a timestamp', seconds);
    return Math.round(seconds * 1000);
  }

  fields(name: string): Fields | undefined {
    return this.#read(name, (value) => new Fields(value));
  }

  /** Undefined if absent, which is something else than empty. */
  list(name: string): Fields[] | undefined {
    return this.#read(name, (value) => asList(value).map((item) => new Fields(item)));
  }

  strings(name: string): string[] | undefined {
    return this.#read(name, (value) => asList(value).map(asString));
  }

  numbers(name: string): number[] | undefined {
    return this.#read(name, (value) => asList(value).map(asNumber));
  }

  #read<T>(name: string, as: (value: unknown) => T): T | undefined {
    const value = Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
    return value === undefined || value === null ? undefined : as(value);
  }
}

/** The last second of the year 9999. */
const MAX_SECONDS = 253_402_300_799;

function asString(value: unknown): string {
  if (typeof value !== 'string') throw malformed('a string', value);
  return value;
}

function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && Object.hasOwn(SPECIAL_NUMBERS, value)) return SPECIAL_NUMBERS[value]!;
  throw malformed('a number', value);
}

function asList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed('a list', value);
  return value;
}

function malformed(wanted: string, value: unknown): Refusal {
  const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a value of type ${typeof value}`;
  return new Refusal(GENERAL.malformed, `expected ${wanted}, found ${found}`);
}
