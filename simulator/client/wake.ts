/** Asking to be woken: each wake has a number of its own, and whoever waits for it remembers that. */
import type { ClientWake, Out } from './events.ts';
import type { Client } from './state.ts';

/** 24.8 days, where Node's timers end: a lifetime or a pattern of the service can name more. */
const MOST_MS = 0x7fff_ffff;

/** Asks for a wake `ms` from now in the board's time; returns its number. */
export function wakeAfter(client: Client, wake: ClientWake, ms: number, out: Out): number {
  client.wakes += 1;
  out.push({ do: 'wake', wake, id: client.wakes, after: Math.min(ms / client.options.speed, MOST_MS) });
  return client.wakes;
}
