/** What a receiver counts for Prometheus: its own registry, so that two receivers in one process do not mix. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { WIRE_KEYS } from '../protocol/notification/message.ts';
import type { Examined } from './examine.ts';
import type { Applied } from './store.ts';

/** How a request to the webhook ended. */
export type Outcome = 'taken' | 'unauthorized' | 'too_large' | 'busy' | 'store_down' | 'aside_full' | 'refused';
const OUTCOMES: readonly Outcome[] = [
  'taken',
  'unauthorized',
  'too_large',
  'busy',
  'store_down',
  'aside_full',
  'refused',
];

export interface IngestMetrics {
  /** A body went into the store. */
  taken(examined: Examined, applied: Applied): void;
  /** A request was answered after so many seconds. */
  answered(outcome: Outcome, seconds: number): void;
  /** Prometheus text exposition format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function ingestMetrics(): IngestMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const events = new Counter({
    name: 'mts_events_total',
    help: 'Elements received, by the array of the NotificationMessage they came in.',
    labelNames: ['kind'] as const,
    registers,
  });
  const presses = counter('mts_presses_total', 'Button presses counted.');
  const stale = counter('mts_stale_total', 'Counter values that added nothing, being no newer than what was counted.');
  const setAside = counter('mts_set_aside_total', 'Bodies and elements that were not understood and were kept aside.');
  const replaced = counter('mts_timestamps_replaced_total', 'Implausible timestamps replaced by the time of receipt.');
  const messages = new Counter({
    name: 'mts_messages_total',
    help: 'Requests to the webhook, by how they ended.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'mts_request_seconds',
    help: 'Time from the head of a request to its answer.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  });
  // A series that starts at 0 can be alerted on before the first event.
  for (const kind of Object.values(WIRE_KEYS)) events.inc({ kind }, 0);
  for (const outcome of OUTCOMES) messages.inc({ outcome }, 0);
  return {
    taken(examined, applied) {
      for (const [kind, count] of Object.entries(examined.kinds)) events.inc({ kind }, count);
      presses.inc(applied.presses);
      stale.inc(applied.stale);
      setAside.inc(examined.aside.length);
      replaced.inc(examined.timestampsReplaced);
    },
    answered(outcome, elapsed) {
      messages.inc({ outcome });
      seconds.observe(elapsed);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
