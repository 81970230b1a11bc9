/** Questions to the server this page came from. */
import type { EndpointsAnswer, Range, SeriesAnswer } from '../answer.ts';
import type { Choice } from './choice.ts';

/** The bars for a choice. Rejects if the server cannot be reached or refuses; AbortError if `signal` says so. */
export function askSeries({ range, endpoint }: Choice, signal: AbortSignal): Promise<SeriesAnswer> {
  return ask('api/series', { range, ...(endpoint !== undefined && { endpoint }) }, signal);
}

/** The boards whose name holds `match`. Rejects as `askSeries` does. */
export function askEndpoints(range: Range, match: string, signal: AbortSignal): Promise<EndpointsAnswer> {
  return ask('api/endpoints', { range, match }, signal);
}

/** Where the live stream is. */
export function liveAddress(): URL {
  return new URL('api/live', document.baseURI);
}

async function ask<T>(path: string, words: Readonly<Record<string, string>>, signal: AbortSignal): Promise<T> {
  const address = new URL(path, document.baseURI);
  address.search = new URLSearchParams(words).toString();
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}
