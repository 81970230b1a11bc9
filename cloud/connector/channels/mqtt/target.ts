/** Where a key's events are published, and how. Files, certificates and addresses are read elsewhere. */
import type { Socket } from 'node:net';
import type { Dialect } from '../../../protocol/notification/message.ts';

/** The key whose queue it is, where no API key is meant: none can have this id. */
export const MQTT_KEY = 'mqtt';

export interface MqttBroker {
  /** For people, like `mqtts://host:8883`; holds no secret. */
  readonly text: string;
  /** Opens a connection; what goes wrong afterwards is an event of the socket. */
  readonly socket: () => Socket;
  /** Sent with every CONNECT; never logged. */
  readonly login?: { readonly user: string; readonly password: string };
}

export interface MqttTarget {
  readonly key: string;
  readonly broker: MqttBroker;
  /** Nobody else's at this broker. */
  readonly clientId: string;
  /** `mbed/{endpoint}/notifications` if it is left out; checked already (protocol/mqtt/topic.ts). */
  readonly topic?: string;
  /** `connector` if it is left out, so that counts are exact. */
  readonly dialect?: Dialect;
}
