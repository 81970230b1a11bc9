/**
 * What a broker lets boards be called, and what of it only AWS IoT Core asks.
 *
 * Its limits are kept with every broker, so that a run that works with one works with it:
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
import { UsageError } from '../../../cloud/protocol/errors.ts';
import type { Address } from './address.ts';
import type { MqttOptions } from './options.ts';

/** Bytes of a client id. */
const MOST_CLIENT_ID = 128;
/** Bytes of a topic. It may have 7 slashes; ours has 2, and names have none. */
const MOST_TOPIC = 256;
/** Bytes of a message, without its topic. */
export const MOST_MESSAGE = 128 * 1024;
/** Publishes a second of one connection. */
export const PUBLISHES_A_SECOND = 100;
/** Connections begun a second: an account may do 500, and some room is left for others. */
export const AWS_CONNECTS_A_SECOND = 400;
/** Seconds of silence after which a board says that it is there: from 30 to 1,200 there. */
export const KEEP_ALIVE_S = 60;

/** A thing's name, which the policy makes the client id and a part of the topic. */
const THING_NAME = /^[a-zA-Z0-9:_-]+$/;

/** `mbed/{endpoint}/notifications`. */
export function topicOf(endpoint: string): string {
  return `mbed/${endpoint}/notifications`;
}

/** UsageError for an endpoint name that can be no client id or no part of a topic. `endpoint` is the fleet's longest. */
export function checkName(endpoint: string, { aws }: Pick<Address, 'aws'>): void {
  const topic = topicOf(endpoint);
  const fix = 'Give boards other names: choose another prefix.';
  if (/[#+/\0]/.test(endpoint)) {
    throw new UsageError(`${endpoint} can be no part of a topic: # + and / have a meaning there`, fix);
  }
  const bytes = Buffer.byteLength(endpoint);
  if (bytes > MOST_CLIENT_ID || Buffer.byteLength(topic) > MOST_TOPIC) {
    throw new UsageError(`a name of ${bytes} bytes can be no client id: ${MOST_CLIENT_ID} is the most`, fix);
  }
  if (aws && !THING_NAME.test(endpoint)) {
    throw new UsageError(`${endpoint} can be no thing's name in AWS IoT Core`, 'Use letters, digits, : _ and - only.');
  }
}

/** UsageError for options that the address cannot go with. */
export function checkOptions({ qos, ca, credentials }: MqttOptions, { aws, secure, text }: Address): void {
  if (qos === 2 && aws) {
    throw new UsageError('AWS IoT Core has no QoS 2', 'Choose QoS 1, which repeats a message rather than lose it.');
  }
  if (aws && !secure) throw new UsageError('AWS IoT Core speaks TLS only', 'Write its address as mqtts://…');
  if (!secure && (ca !== undefined || credentials !== undefined)) {
    throw new UsageError(`certificates are given, and ${text} is without TLS`, 'Write its address as mqtts://…');
  }
}
