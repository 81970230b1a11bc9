/** A usage plan's throttle: a bucket of `burst` tokens that fills by `rate` a second; each request takes one. */
export interface Throttle {
  /** Requests a second. */
  readonly rate: number;
  readonly burst: number;
}

/** Says of each request whether it may pass. `now`: milliseconds. */
export function throttleBy({ rate, burst }: Throttle, now: () => number): () => boolean {
  let [tokens, at] = [burst, now()];
  return () => {
    const passed = Math.max(0, now() - at);
    at += passed;
    tokens = Math.min(burst, tokens + (passed / 1000) * rate);
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
