/** The connector's channel to an MQTT broker: every press of every board, under a key of its own. */

import { MqttChannel } from '../../cloud/connector/channels/mqtt/channel.ts';
import { MQTT_KEY } from '../../cloud/connector/channels/mqtt/target.ts';
import type { ConnectorOptions } from '../../cloud/connector/connector.ts';
import type { EventWorld } from '../../cloud/connector/events/world.ts';
import type { Log } from '../../cloud/connector/notices.ts';
import { checkTemplate, TOPIC_TEMPLATE } from '../../cloud/protocol/mqtt/topic.ts';
import type { Dialect } from '../../cloud/protocol/notification/message.ts';
import { checkClientId, clientIdOf } from '../mqtt-client-id.ts';
import { ownBroker, refuseBrokerWords } from '../mqtt-words.ts';
import type { ConnectorWords } from './words.ts';

const WORDS = ['mqtt-topic', 'client-id', 'cert', 'key', 'mqtt-auth-file'] as const;

/** Undefined: no broker was asked for. UsageError, and OutsideError FILE, for words that cannot be followed. */
export async function mqttOf(
  words: ConnectorWords,
  { world, log, dialect }: { world: EventWorld; log: Log; dialect: Dialect },
): Promise<NonNullable<ConnectorOptions['mqtt']> | undefined> {
  if (words.mqtt === undefined) {
    refuseBrokerWords(words, WORDS, '--mqtt');
    return undefined;
  }
  const topic = words.mqttTopic ?? TOPIC_TEMPLATE;
  const broker = await ownBroker(words.mqtt, words);
  checkTemplate(topic, broker);
  if (words.clientId !== undefined) checkClientId(words.clientId);
  const clientId = words.clientId ?? (await clientIdOf(words.data));
  return (events) =>
    new MqttChannel({
      ...{ events, world, targets: [{ key: MQTT_KEY, broker, clientId, topic, dialect }] },
      hooks: {
        onLost: (key, why) =>
          log.warn({ key, broker: broker.text, why }, 'there is no connection to the broker; it is tried again'),
        onTooLarge: (key, events) =>
          log.error({ key, events }, 'events are too large for the broker, and were passed over'),
        onProblem: (key, error) => log.error({ key, err: error }, 'publishing failed'),
      },
    });
}
