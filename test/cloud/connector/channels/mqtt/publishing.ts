/** An MQTT channel over a queue of its own, to a broker on this machine, in the machine's own time. */
import { connect } from 'node:net';
import { MqttChannel, type MqttChannelOptions } from '../../../../../cloud/connector/channels/mqtt/channel.ts';
import type { MqttHooks } from '../../../../../cloud/connector/channels/mqtt/hooks.ts';
import type { MqttTarget } from '../../../../../cloud/connector/channels/mqtt/target.ts';
import type { Events } from '../../../../../cloud/connector/events/open.ts';
import { queueFile } from '../../events/queue-files.ts';
import { systemWorld } from '../../events/system-world.ts';

export interface Publishing extends AsyncDisposable {
  events: Events;
  channel: MqttChannel;
  readonly lost: string[];
  readonly tooLarge: number[];
  readonly problems: unknown[];
  /** Closed, and opened again. */
  restart(): Promise<void>;
}

export const KEY = 'mqtt';

export async function publishing(
  port: number,
  more: Pick<MqttHooks, 'before'> & { settings?: MqttChannelOptions['settings'] } & Partial<MqttTarget> = {},
): Promise<Publishing> {
  const { before, settings, ...target } = more;
  const file = await queueFile({ world: systemWorld });
  const [lost, tooLarge, problems]: [string[], number[], unknown[]] = [[], [], []];
  const broker = { text: `mqtt://127.0.0.1:${port}`, socket: () => connect({ host: '127.0.0.1', port }) };
  const open = (): MqttChannel =>
    new MqttChannel({
      events: made.events,
      world: systemWorld,
      targets: [{ key: KEY, broker, clientId: 'connector', ...target }],
      settings: { firstWaitMs: 10, longestWaitMs: 50, graceMs: 500, ...settings },
      hooks: {
        ...(before === undefined ? {} : { before }),
        onLost: (_key, why) => lost.push(why),
        onTooLarge: (_key, events) => tooLarge.push(events),
        onProblem: (_key, problem) => problems.push(problem),
      },
    });
  const made: Omit<Publishing, 'channel'> & { channel?: MqttChannel } = {
    events: file.events,
    ...{ lost, tooLarge, problems },
    async restart() {
      await made.channel?.close();
      made.events = file.reopen();
      made.channel = open();
    },
    async [Symbol.asyncDispose]() {
      await made.channel?.close();
      await file[Symbol.asyncDispose]();
    },
  };
  made.channel = open();
  return made as Publishing;
}
