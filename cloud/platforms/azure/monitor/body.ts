/**
 * The body of a request that tells increments. Pure.
 * https://learn.microsoft.com/azure/azure-monitor/essentials/metrics-store-custom-rest-api
 */
import { DIMENSION, METRIC, NAMESPACE } from './names.ts';

export interface Increment {
  readonly endpoint: string;
  /** Presses since it was told last: 1 or more. */
  readonly increment: number;
}

/** Increments of one minute. Azure adds up what a minute is told of: each press is a sample of 1, so Sum and Count are presses. */
export function bodyOf(stamp: number, increments: readonly Increment[]): string {
  const series = increments.map(({ endpoint, increment }) => {
    return { dimValues: [endpoint], min: 1, max: 1, sum: increment, count: increment };
  });
  const baseData = { metric: METRIC, namespace: NAMESPACE, dimNames: [DIMENSION], series };
  return JSON.stringify({ time: new Date(stamp).toISOString(), data: { baseData } });
}
