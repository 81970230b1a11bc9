/** What handlers count for CloudWatch, in the log's embedded metric format: one line an invocation. */
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Examined } from '../../../ingest/examine.ts';
import type { Applied } from '../../../ingest/store.ts';

/** How a message ended: the names of the metrics. */
export type Ending =
  | 'messagesTaken'
  | 'messagesUnauthorized'
  | 'messagesRefused'
  | 'messagesStoreDown'
  | 'messagesAsideFull'
  | 'messagesFailed';

export type Counted = 'presses' | 'stale' | 'setAside' | 'timestampsReplaced' | 'recordsFailed' | 'dataTold' | Ending;

export interface Tally {
  /** A body went into the store. */
  taken(examined: Examined, applied: Applied): void;
  add(what: Counted, count: number): void;
  /** The invocation ends. */
  publish(): void;
}

/** Counts with Powertools; its namespace and service are those of its environment. */
export function powertoolsTally(metrics: Metrics): Tally {
  const add = (what: Counted, count: number): void => {
    // A metric that is 0 all the time costs as much as one that tells something.
    if (count > 0) metrics.addMetric(what, MetricUnit.Count, count);
  };
  return {
    add,
    taken(examined, applied) {
      add('presses', applied.presses);
      add('stale', applied.stale);
      add('setAside', examined.aside.length);
      add('timestampsReplaced', examined.timestampsReplaced);
    },
    publish() {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
