/**
 * What AWS IoT Core's broker refuses, by ending the connection: MQTT 3.1.1 has no other way to say it. Pure.
 *
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-qos
 */

const CLIENT_ID_BYTES = 128;
const TOPIC_BYTES = 256;
const TOPIC_SLASHES = 7;
const PAYLOAD_BYTES = 128 * 1024;

export interface Published {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos: number;
}

/** Why a message is refused; undefined: it is taken. */
export function whyNotPublished({ topic, payload, qos }: Published): string | undefined {
  if (qos > 1) return 'QoS 2 is not supported';
  if (topic.startsWith('$')) return 'topics that begin with $ are reserved';
  if (Buffer.byteLength(topic) > TOPIC_BYTES) return `the topic has more than ${TOPIC_BYTES} bytes`;
  if (topic.split('/').length - 1 > TOPIC_SLASHES) return `the topic has more than ${TOPIC_SLASHES} slashes`;
  if (Buffer.byteLength(payload) > PAYLOAD_BYTES) return `the message has more than ${PAYLOAD_BYTES} bytes`;
  return undefined;
}

/** Why a connection is refused; undefined: it is taken. */
export function whyNotConnected(clientId: string): string | undefined {
  return Buffer.byteLength(clientId) > CLIENT_ID_BYTES
    ? `the client id has more than ${CLIENT_ID_BYTES} bytes`
    : undefined;
}
