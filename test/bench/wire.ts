/** The connector and the boards that it serves: how many, how fast, in how much memory, for how long. */
import type { Measured } from './measured.ts';
import { benchDay } from './wire/day.ts';
import { benchFleets } from './wire/fleets.ts';
import { benchLatency } from './wire/latency.ts';
import { benchNotifications } from './wire/notifications.ts';

export async function benchWire(seed: number): Promise<Measured[]> {
  return [
    ...(await benchNotifications()),
    ...(await benchFleets()),
    ...(await benchLatency()),
    ...(await benchDay(seed)),
  ];
}
