/** What Prometheus is told of a sink that this process feeds, or waits to feed: alert on `mts_sink_behind_seconds`. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { IngestMetrics } from './metrics.ts';

export interface SinkStatus {
  /** Hours told and refused so far. */
  readonly told: number;
  readonly refused: number;
  /** Whether the sink took all that it was told last. */
  readonly isUp: boolean;
  /** Milliseconds since everything that had changed by then was told, so up to the time between two looks when all is well. */
  readonly behindMs: number;
}

/** `metrics`, and those of a sink, in one text. `status`: undefined while another process feeds it. */
export function withSink<Metrics extends IngestMetrics>(
  metrics: Metrics,
  sink: string,
  status: () => SinkStatus | undefined,
): Metrics {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: (now: SinkStatus | undefined) => number): void => {
    const collect = (): void => made.set({ sink }, value(status()));
    const made: Gauge = new Gauge({ name, help, labelNames: ['sink'], registers: [registry], collect });
  };
  const counter = (name: string, help: string, value: (now: SinkStatus) => number): void => {
    const collect = (): void => {
      made.reset();
      made.inc({ sink }, value(status() ?? NOTHING));
    };
    const made: Counter = new Counter({ name, help, labelNames: ['sink'], registers: [registry], collect });
  };
  counter('mts_sink_told_total', 'Hourly totals that the sink took.', ({ told }) => told);
  counter('mts_sink_refused_total', 'Hourly totals that the sink will never take.', ({ refused }) => refused);
  gauge('mts_sink_feeding', '1 while this process feeds the sink; 0 while another one does.', (now) => (now ? 1 : 0));
  gauge('mts_sink_up', '1 when the sink took all that it was told last.', (now) => (now?.isUp === true ? 1 : 0));
  gauge(
    'mts_sink_behind_seconds',
    'For how long a total may have been waiting for the sink; some seconds when all is well, a minute where the store is read for it.',
    (now) => (now?.behindMs ?? 0) / 1_000,
  );
  return { ...metrics, text: async () => `${(await metrics.text()).trimEnd()}\n${await registry.metrics()}` };
}

const NOTHING: SinkStatus = { told: 0, refused: 0, isUp: false, behindMs: 0 };
