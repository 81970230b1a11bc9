/**
 * How a broker is treated, in figures: AWS IoT Core's limits, which are kept with every broker unless given.
 *
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
import { AWS_TOPIC } from '../../../protocol/mqtt/topic.ts';

export interface MqttSettings {
  /** Bytes of a message; a batch that is longer becomes several. */
  readonly mostBytes: number;
  readonly mostTopicBytes: number;
  /** Events, and bytes of them, that are under way before they are acknowledged to the queue. */
  readonly batchItems: number;
  readonly batchBytes: number;
  /** Messages that wait for their PUBACK at once. */
  readonly mostUnderWay: number;
  /** For each answer. */
  readonly timeoutMs: number;
  /** After a connection that failed or was lost: the first wait, doubled each time, up to the longest. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** What is under way may take so long when the connector ends. */
  readonly graceMs: number;
}

export const DEFAULT_SETTINGS: MqttSettings = {
  mostBytes: 128 * 1024,
  mostTopicBytes: AWS_TOPIC.bytes,
  batchItems: 1_000,
  batchBytes: 1024 ** 2,
  // AWS IoT Core takes 100 of one connection.
  mostUnderWay: 100,
  timeoutMs: 20_000,
  firstWaitMs: 1_000,
  longestWaitMs: 30_000,
  graceMs: 2_000,
};
