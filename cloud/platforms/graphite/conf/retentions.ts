/** `retentions` of storage-schemas.conf: `1h:5y`, `60:90d`, or several with commas, the finest first. Pure. */
import { FormatError } from '../../../protocol/errors.ts';

export interface Archive {
  /** Seconds from point to point. */
  readonly step: number;
  /** Seconds that it keeps. */
  readonly kept: number;
}

/** carbon/util.py, parseRetentionDef. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 };

/** FormatError CARBON_CONF_FORMAT for what carbon would refuse. */
export function parseRetentions(text: string): Archive[] {
  return text.split(',').map((one) => archiveOf(one.trim()));
}

function archiveOf(text: string): Archive {
  const [, precision = '', kept = '', more] = /^([^:]*):([^:]*)(:.*)?$/.exec(text) ?? [];
  const [step, length] = [measure(precision), measure(kept)];
  if (step === undefined || length === undefined || more !== undefined || step.value === 0) {
    throw new FormatError('CARBON_CONF_FORMAT', `${JSON.stringify(text)} is no retention`);
  }
  // Without a unit the first is seconds, and the second is a number of points.
  return { step: step.value, kept: length.hasUnit ? length.value : length.value * step.value };
}

function measure(text: string): { value: number; hasUnit: boolean } | undefined {
  const [, digits, unit = ''] = /^(\d{1,12})([a-z]*)$/.exec(text) ?? [];
  if (digits === undefined || (unit !== '' && !Object.hasOwn(UNITS, unit))) return undefined;
  return { value: Number(digits) * (UNITS[unit] ?? 1), hasUnit: unit !== '' };
}
