/** What a receiver on a broker counts for Prometheus, beside what every receiver does. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { IngestMetrics } from '../metrics.ts';

/** How a message from a broker ended: in the store, perhaps set aside, or too large to be kept. */
export type MqttOutcome = 'taken' | 'too_large';

export interface MqttMetrics extends IngestMetrics {
  message(outcome: MqttOutcome): void;
  connected(isConnected: boolean): void;
}

/** `metrics`, and those of a broker, in one text. */
export function withMqtt(metrics: IngestMetrics): MqttMetrics {
  const registry = new Registry();
  const registers = [registry];
  const messages = new Counter({
    name: 'mts_mqtt_messages_total',
    help: 'Messages from the MQTT broker that were acknowledged, by how they ended.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const connected = new Gauge({
    name: 'mts_mqtt_connected',
    help: '1 while there is a connection to the MQTT broker.',
    registers,
  });
  for (const outcome of ['taken', 'too_large'] as const) messages.inc({ outcome }, 0);
  return {
    ...metrics,
    message: (outcome) => messages.inc({ outcome }),
    connected: (isConnected) => connected.set(isConnected ? 1 : 0),
    text: async () => `${(await metrics.text()).trimEnd()}\n${await registry.metrics()}`,
  };
}
