/**
 * A list's filter, of which the stand-in knows what metric, resource and labels equal, joined by AND. Pure.
 *
 *   metric.type = "…" AND resource.type = "…" AND metric.labels.NAME = "…" AND metric.labels.NAME = one_of("…","…")
 *
 * https://cloud.google.com/monitoring/api/v3/filters
 */
import { Refusal } from '../refusal.ts';
import type { SeriesKey } from './points.ts';

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const TERM = new RegExp(
  String.raw`^\s*(metric|resource)\.(type|labels?\.(\w+))\s*=\s*(?:(${TEXT})|one_of\(\s*(${TEXT}(?:\s*,\s*${TEXT})*)\s*\))\s*(?:AND\s|$)`,
);

export function readFilter(text: string): (key: SeriesKey) => boolean {
  const terms: ((key: SeriesKey) => boolean)[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    const [whole, side, , label, one, several] = TERM.exec(rest) ?? [];
    if (whole === undefined) throw wrong();
    const wanted = new Set((several ?? one)!.match(new RegExp(TEXT, 'g'))!.map(plain));
    terms.push((key) => {
      const { type, labels } = key[side as 'metric' | 'resource'];
      return wanted.has(label === undefined ? type : (labels[label] ?? ''));
    });
    rest = rest.slice(whole.length);
  }
  // A list is of one metric: Google refuses a filter that does not say of which.
  if (!text.includes('metric.type')) throw wrong();
  return (key) => terms.every((term) => term(key));
}

function plain(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
}

function wrong(): Refusal {
  return new Refusal('INVALID_ARGUMENT', 'Field filter had an invalid value: Could not parse filter.');
}
