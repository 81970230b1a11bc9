/** Limits that a caller gives over the usual ones. */

/** All of them; RangeError if one is no number above 0, or 0 where it may be. */
export function limitsOf<T extends { readonly [name in keyof T]: number }>(
  usual: T,
  given: Partial<T> = {},
  mayBeZero?: keyof T,
): T {
  const limits = { ...usual, ...given };
  for (const name of Object.keys(usual) as (keyof T & string)[]) {
    const value = limits[name];
    if (!(value > 0 || (name === mayBeZero && value === 0)) || !Number.isFinite(value)) {
      throw new RangeError(`the limit ${name} is ${value}`);
    }
  }
  return limits;
}
