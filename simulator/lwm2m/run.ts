/**
 * A fleet that speaks LwM2M, from its first registration to its last press told: by this thread, or by several.
 *
 *   threads: 1 ─► part.ts ─┬─► summary
 *            n ─► threads.ts, each its part
 */
import { refuseFaults } from '../faults.ts';
import type { FleetDeps, FleetSummary } from '../options.ts';
import { type PartOptions, runPart } from './part.ts';
import { summaryOf } from './summary.ts';

/**
 * Runs it to its end. UsageError for options that no run could have, OutsideError SERVER if no board can register, FILE if
 * the ledger cannot be written.
 */
export async function runLwm2mFleet(options: PartOptions, deps: FleetDeps): Promise<FleetSummary> {
  const { via, faults, lwm2m = {}, boards } = options;
  for (const phase of lwm2m.phases ?? [{ faults }]) refuseFaults(via, phase.faults, lwm2m.playsDeliveryFaults);
  const threads = Math.min(lwm2m.threads ?? 1, boards);
  if (threads === 1) return summaryOf([await runPart(options, deps)], options);
  const { runInThreads } = await import('./threads.ts');
  return summaryOf(await runInThreads(options, deps, threads), options);
}
