/**
 * Sends the points of up to 200 endpoints: each endpoint's first point in one request, then each one's second, and so on.
 *
 * An endpoint's next point is sent only when the one before it was taken, since a point that is older than the newest is
 * refused for ever. A request that was refused without saying for which series is halved until one stands alone.
 */
import type { MonitoringClient } from './client.ts';
import type { Outcome } from './create-answer.ts';
import type { PlannedPoint } from './plan.ts';
import type { Point } from './point.ts';
import type { Series } from './series.ts';

export interface ToSend {
  readonly endpoint: string;
  readonly series: Series;
  readonly points: readonly PlannedPoint[];
}

/** `again`: a newer point is there than was known, and it has to be planned anew. */
export type SendEnding = 'taken' | 'failed' | 'again' | { readonly refused: string };

export interface SendOptions {
  readonly client: Pick<MonitoringClient, 'create'>;
  readonly now: () => number;
  readonly deadline?: () => number;
  readonly closing: AbortSignal;
  /** Told why a request failed, in part or whole. */
  readonly onTrouble: (why: string) => void;
}

export interface Sent {
  readonly endings: readonly SendEnding[];
  /** Of one request nobody knows of any series. */
  readonly isDown: boolean;
}

/** Endings in the order of what was to be sent. Tells each series what became of its points. */
export async function sendAll(
  all: readonly ToSend[],
  options: SendOptions,
): Promise<{ readonly endings: readonly SendEnding[] /** Nobody knows of any series. */; readonly isDown: boolean }> {
  const endings = new Map<ToSend, SendEnding>();
  let isDown = false;
  for (let round = 0; endings.size < all.length; round += 1) {
    const under = all.filter((one) => !endings.has(one) && one.points.length > round);
    for (const one of all) if (one.points.length <= round && !endings.has(one)) endings.set(one, 'taken');
    if (under.length === 0) break;
    const outcomes = await sendRound(under, round, options);
    for (const [index, one] of under.entries()) {
      const ending = settle(one, one.points[round]!, outcomes[index]!);
      if (ending !== undefined) endings.set(one, ending);
    }
    isDown ||= outcomes.every((outcome) => outcome === 'doubt');
  }
  return { endings: all.map((one) => endings.get(one)!), isDown };
}

async function sendRound(under: readonly ToSend[], round: number, options: SendOptions): Promise<readonly Outcome[]> {
  const { client, now, deadline, closing, onTrouble } = options;
  // Not sent at all, which is not known to be sent.
  if (closing.aborted || (deadline !== undefined && now() >= deadline())) return under.map(() => 'doubt');
  const points = under.map(({ endpoint, points }): Point => {
    const { at, value } = points[round]!;
    return { endpoint, at, value };
  });
  const { outcomes, trouble } = await client.create(points, closing);
  if (trouble !== undefined) onTrouble(trouble);
  if (outcomes !== 'unclear') return outcomes;
  const half = Math.ceil(under.length / 2);
  const first = await sendRound(under.slice(0, half), round, options);
  return [...first, ...(await sendRound(under.slice(half), round, options))];
}

/** How the endpoint ended; undefined: its next point may be sent. */
function settle({ series }: ToSend, point: PlannedPoint, outcome: Outcome): SendEnding | undefined {
  if (outcome === 'taken') {
    series.taken(point);
    return undefined;
  }
  if (outcome === 'order') {
    // The hour has a point that is newer than its beginning.
    if (point.hours.length === 0) {
      series.passed();
      return undefined;
    }
    series.forget();
    return 'again';
  }
  if (outcome === 'doubt') {
    series.doubted(point);
    return 'failed';
  }
  series.forget();
  return outcome;
}
