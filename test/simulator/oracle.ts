/** Counts presses in webhook bodies by boot, plainly and in memory: what any exact store must come to. */
import { hourOf } from '../../cloud/protocol/hour.ts';
import { decodeNotification } from '../../cloud/protocol/notification/decode.ts';
import { type HourCount, Tally } from '../../simulator/ledger/tally.ts';

export function countBodies(bodies: readonly string[]): HourCount[] {
  const tally = new Tally();
  const last = new Map<string, number>();
  for (const body of bodies) {
    const { message, refused } = decodeNotification(new TextEncoder().encode(body));
    if (refused.length > 0) throw new Error(`refused: ${refused[0]!.reason}`);
    for (const { ep, path, payload, boot, timestamp } of message.notifications) {
      if (path !== '/3200/0/5501') continue;
      const value = Number(atob(payload!));
      const known = last.get(`${ep} ${boot}`);
      const step = (value - (known ?? 0) + 65_536) % 65_536;
      if (step === 0 || (known !== undefined && step >= 32_768)) continue;
      tally.add(ep, hourOf(timestamp!), step);
      last.set(`${ep} ${boot}`, value);
    }
  }
  return tally.counts();
}
