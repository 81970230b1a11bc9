/** What the viewer chose to see, as it is kept in the address after `#`. Pure. */
import type { Range } from '../answer.ts';

export interface Choice {
  readonly range: Range;
  /** Undefined: all boards. */
  readonly endpoint: string | undefined;
}

/** Ranges in words, for headings: "Last 24 hours". */
export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
  '30d': 'last 30 days',
};

/** Reads `location.hash`; what it does not understand is as if it were not there. */
export function parseHash(hash: string): Choice {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const range = words.get('range') ?? '';
  return { range: isRange(range) ? range : '24h', endpoint: words.get('endpoint') ?? undefined };
}

/** The opposite of `parseHash`; empty for what is shown without any choice. */
export function formatHash({ range, endpoint }: Choice): string {
  const words = new URLSearchParams();
  if (range !== '24h') words.set('range', range);
  if (endpoint !== undefined) words.set('endpoint', endpoint);
  return words.size === 0 ? '' : `#${words}`;
}

function isRange(text: string): text is Range {
  return Object.hasOwn(RANGE_WORDS, text);
}
