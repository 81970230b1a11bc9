/** Links by name. The client for a broker is loaded when a run needs it. */
import { NAME_PREFIX } from '../fleet/names.ts';
import { type FleetDeps, type FleetOptions, TIMEOUT_MS } from '../options.ts';
import type { Link } from './link.ts';
import { webhookLink } from './webhook/link.ts';

export type LinkDeps = Pick<FleetDeps, 'now' | 'sleep'> & { readonly abandon: AbortSignal };

/** The link that the options name, nothing of it open yet. UsageError for an address or names that it cannot use. */
export async function openLink(options: FleetOptions, deps: LinkDeps): Promise<Link> {
  const { via = 'webhook', url, headers = {}, timeoutMs = TIMEOUT_MS } = options;
  if (via === 'webhook') return webhookLink({ url, headers, timeoutMs, signal: deps.abandon });
  const { mqttLink } = await import('./mqtt/link.ts');
  const { boards, namePrefix = NAME_PREFIX, dialect, mqtt = {} } = options;
  return mqttLink({ url, boards, namePrefix, dialect, timeoutMs, ...mqtt }, deps);
}
