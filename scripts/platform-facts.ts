/** What is known of each platform, in the order in which they are compared. A platform says it of itself: its facts.ts. */
import type { PlatformFacts } from '../cloud/ingest/platform-facts.ts';
import { EP_LIMIT } from '../cloud/protocol/notification/fields.ts';

const FACTS: readonly (() => Promise<{ readonly facts: PlatformFacts }>)[] = [
  () => import('../cloud/platforms/local/facts.ts'),
  () => import('../cloud/platforms/aws/facts.ts'),
  () => import('../cloud/platforms/azure/facts.ts'),
  () => import('../cloud/platforms/google/facts.ts'),
  () => import('../cloud/platforms/influxdb/facts.ts'),
  () => import('../cloud/platforms/graphite/facts.ts'),
];

/** Of a store in a cloud: cloud/platforms/local/forward/reading-outbox.ts. */
const READ =
  'Feeding a sink of another platform from this store (`mts ingest --store … --sink …`) reads it: the hours of all boards that are ' +
  'present or just over each minute, a day of them each quarter of an hour, and everything once a day; each board is a query or more each time.';
const CLOUDS: ReadonlySet<string> = new Set(['aws', 'azure', 'google']);

/** What the notifications' decoder takes: the same everywhere. */
const NAMES = `A board's name has 1 to ${EP_LIMIT} characters, none a control character; what comes under another name is set aside.`;

export async function platformFacts(): Promise<PlatformFacts[]> {
  return Promise.all(
    FACTS.map(async (load) => {
      const { facts } = await load();
      return { ...facts, limits: [...facts.limits, ...(CLOUDS.has(facts.name) ? [READ] : []), NAMES] };
    }),
  );
}
