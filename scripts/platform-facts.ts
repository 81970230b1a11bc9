/** What is known of each platform, in the order in which they are compared. A platform says it of itself: its facts.ts. */
import type { PlatformFacts } from '../cloud/ingest/platform-facts.ts';

const FACTS: readonly (() => Promise<{ readonly facts: PlatformFacts }>)[] = [
  () => import('../cloud/platforms/local/facts.ts'),
  () => import('../cloud/platforms/aws/facts.ts'),
  () => import('../cloud/platforms/azure/facts.ts'),
  () => import('../cloud/platforms/google/facts.ts'),
  () => import('../cloud/platforms/influxdb/facts.ts'),
  () => import('../cloud/platforms/graphite/facts.ts'),
];

export async function platformFacts(): Promise<PlatformFacts[]> {
  return Promise.all(FACTS.map(async (load) => (await load()).facts));
}
