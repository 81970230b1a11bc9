/**
 * What became of each series of a request, from Cloud Monitoring's answer. Pure, and never throws for what the answer holds.
 *
 *   200                       all were taken
 *   400 with series by index  "…: timeSeries[0-2,5]; …: timeSeries[7]": those were not, for the reason before them
 *   400 without               one alone is refused; of many nobody knows which is meant (`unclear`)
 *   else                      down, busy or not allowed: whether any was taken is not known
 *
 * The answer's summary says how many were taken; where it does not agree with the indices, which some answers give as one
 * range over all, nothing is clear either. https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/create
 */

export type Outcome =
  | 'taken'
  /** A newer point is there, or one that is too near. */
  | 'order'
  /** It may have been taken or not. */
  | 'doubt'
  | { readonly refused: string };

/** By the request's order; `unclear`: at least one is not taken, and the answer does not say which. */
export type Outcomes = readonly Outcome[] | 'unclear';

export function outcomesOf(status: number, body: string, series: number): Outcomes {
  const all = (outcome: Outcome): Outcome[] => Array.from({ length: series }, () => outcome);
  if (status === 200) return all('taken');
  if (status !== 400) return all('doubt');
  const { message, taken } = read(body);
  if (message === undefined) return all('doubt');
  const failures = failuresIn(message, series);
  if (series === 1) return [failures.get(0) ?? classified(message)];
  const agrees = taken === undefined ? failures.size === series : taken === series - failures.size;
  if (failures.size === 0 || !agrees) return 'unclear';
  return all('taken').map((outcome, index) => failures.get(index) ?? outcome);
}

/** The error's text, and of how many points the summary says that they were taken. */
function read(body: string): { message?: string; taken?: number } {
  const { error } = fields(parsed(body));
  const { message, details } = fields(error);
  if (typeof message !== 'string') return {};
  for (const detail of Array.isArray(details) ? details : []) {
    const { '@type': type, totalPointCount, successPointCount = 0 } = fields(detail);
    if (typeof type !== 'string' || !type.endsWith('CreateTimeSeriesSummary')) continue;
    if (Number.isSafeInteger(totalPointCount) && Number.isSafeInteger(successPointCount)) {
      return { message, taken: successPointCount as number };
    }
  }
  return { message };
}

/**
 * Reasons stand before the indices or, in newer answers, behind them. Two more shapes were seen beside the one above:
 * `…: global{} timeSeries[3]: metric{…}; …` and `timeSeries[0-2] (example …): write for … failed with: …`.
 */
function failuresIn(message: string, series: number): Map<number, Outcome> {
  const failures = new Map<number, Outcome>();
  const text = message.replace(/^One or more TimeSeries could not be written: /, '');
  for (const part of text.split(/;\s/)) {
    const [, list] = /timeSeries\[([\d,\s-]+)\]/.exec(part) ?? [];
    if (list === undefined) continue;
    const outcome = classified(part);
    for (const [first, last] of ranges(list)) {
      for (let index = first; index <= last && index < series; index += 1) failures.set(index, outcome);
    }
  }
  return failures;
}

function* ranges(list: string): Iterable<readonly [first: number, last: number]> {
  for (const one of list.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(one) ?? [];
    if (first !== undefined) yield [Number(first), Number(last)];
  }
}

/** Texts as Monitoring writes them; what is no order and no passing trouble is wrong with the series itself. */
function classified(reason: string): Outcome {
  if (/written in order|more frequently than/i.test(reason)) return 'order';
  if (/internal error|please retry|try again|unavailable|deadline/i.test(reason)) return 'doubt';
  return { refused: `Cloud Monitoring refuses it: ${reason.slice(0, REASON_LENGTH)}` };
}

/** Characters of a reason: whole answers are as long as a request has series. */
const REASON_LENGTH = 500;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
