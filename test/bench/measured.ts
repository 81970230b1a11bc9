/** One measurement, and what it is judged by. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same thing done the plain way, in the same run and unit. */
  readonly baseline?: number;
  readonly ratio?: number;
  /** In words. */
  readonly target?: string;
  readonly met?: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
