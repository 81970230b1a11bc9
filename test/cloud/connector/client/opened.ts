/** The client against a service in the same test: its waits are over at once and noted, its time stands still. */
import { openService, type Service, type ServiceOptions } from '../../../../cloud/connector/client/service.ts';
import { printable } from '../../../../scripts/printable.ts';

export const KEY = 'ak_1MDE2secret-of-the-test';
export const NOW = Date.UTC(2026, 2, 1, 12);

export interface Opened {
  readonly service: Service;
  /** Milliseconds of each wait. */
  readonly waits: number[];
}

export function opened(host: string, more: Partial<ServiceOptions> = {}): Opened {
  const waits: number[] = [];
  const service = openService({
    host: new URL(host),
    key: KEY,
    fetch,
    now: () => NOW,
    sleep: async (ms) => void waits.push(ms),
    stop: new AbortController().signal,
    printable,
    ...more,
  });
  return { service, waits };
}
