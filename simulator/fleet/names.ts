/** Endpoint names of a fleet: `board-0001` is the board with index 0. */

export const NAME_PREFIX = 'board-';

/** The name of one board; at least four digits, and as many as the largest of the fleet needs. */
export function endpointName(index: number, boards: number, prefix: string = NAME_PREFIX): string {
  return prefix + String(index + 1).padStart(Math.max(4, String(boards).length), '0');
}
