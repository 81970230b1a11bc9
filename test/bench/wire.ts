/** The connector and the boards that it serves: how many, how fast, in how much memory, for how long. */
import type { Measured } from './measured.ts';
import { benchNotifications } from './wire/notifications.ts';

export async function benchWire(): Promise<Measured[]> {
  return [...(await benchNotifications())];
}
