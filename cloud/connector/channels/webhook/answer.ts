/** What came back from a webhook, as data: nothing that a server or a network does is an exception here. */
export type Answer =
  | { readonly kind: 'status'; readonly status: number }
  /** No whole answer in time. */
  | { readonly kind: 'timeout' }
  /** The connection was cut when the answer arrived: a fault that was asked for. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'not-public' }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Only 200 and 204 are success (Pelion OpenAPI of 29 April 2020, `/v2/notification/callback`). */
export function isAcknowledged(answer: Answer): boolean {
  return answer.kind === 'status' && (answer.status === 200 || answer.status === 204);
}

/** For people; holds nothing that was sent, and nothing of the answer's own text. */
export function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case 'status':
      if (answer.status >= 300 && answer.status < 400) return `it redirects (${answer.status}), which is not followed`;
      return `it answered ${answer.status}`;
    case 'timeout':
      return 'it did not answer in time';
    case 'cut':
      return 'its answer was cut off';
    case 'not-public':
      return 'it leads to an address that is not public';
    case 'unreachable':
      return `it cannot be reached (${answer.reason})`;
  }
}
