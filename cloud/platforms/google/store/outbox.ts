/**
 * Hours that changed since they were told: their field `changed`, which is set in the count's own commit and taken away when the hour was
 * told, provided that it did not change again meanwhile (the time of its last update).
 */
import { FieldValue, type Timestamp } from '@google-cloud/firestore';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { Outbox, Pending } from '../../../ingest/outbox.ts';
import { type Documents, HOURS } from './documents.ts';
import { failureOf } from './failure.ts';
import { PARALLEL, type Patience, persist } from './requests.ts';

export function changedHours(documents: Documents, patience: () => Patience): Outbox {
  return {
    async pending(limit) {
      const query = documents.firestore.collectionGroup(HOURS).orderBy('changed').limit(limit);
      const { docs } = await persist(() => query.get(), patience());
      return docs.map((document): Pending => {
        const { endpoint, hour, count } = document.data();
        return {
          count: { endpoint: String(endpoint), hour: String(hour), count: Number(count) },
          mark: document.updateTime,
        };
      });
    },
    async confirm(told) {
      await inParallel(told, PARALLEL, async ({ count: { endpoint, hour }, mark }) => {
        const lastUpdateTime = mark as Timestamp;
        const reference = documents.hour(endpoint, hour);
        try {
          await persist(() => reference.update({ changed: FieldValue.delete() }, { lastUpdateTime }), patience());
        } catch (error) {
          // It changed again, or another told it.
          if (failureOf(error).kind !== 'refused') throw error;
        }
      });
    },
    async close() {},
  };
}
