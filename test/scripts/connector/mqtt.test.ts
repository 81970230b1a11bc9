/** The connector's channel to a broker: what its words ask for, and what its log says while there is none. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { mqttOf } from '../../../scripts/connector/mqtt.ts';
import type { ConnectorWords } from '../../../scripts/connector/words.ts';
import { realWorld } from '../../../scripts/world.ts';
import { until } from '../../cloud/connector/api/until.ts';
import { queueFile } from '../../cloud/connector/events/queue-files.ts';

/** Of this machine, and nobody listens on it. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function logged() {
  const lines: object[] = [];
  const tell = (fields: object, text: string): void => void lines.push({ ...fields, text });
  return { lines, log: { info: tell, warn: tell, error: tell } };
}

test('a broker that was never there is not said to have been lost', async () => {
  await using file = await queueFile();
  const { lines, log } = logged();
  const broker = `mqtt://127.0.0.1:${await deadPort()}`;
  const words = { mqtt: broker, clientId: 'one' } as unknown as ConnectorWords;
  const open = await mqttOf(words, { world: realWorld(Date.now), log, dialect: 'connector' });
  const channel = open!(file.events);
  await until(() => lines.length > 0);
  await channel.close();
  expect(lines).toEqual([
    {
      ...{ key: 'mqtt', broker, why: expect.stringContaining('ECONNREFUSED') },
      text: 'there is no connection to the broker; it is tried again',
    },
  ]);
});

test.each(['mqtt-topic', 'client-id'])('--%s without a broker is refused', async (name) => {
  const words = { [name]: 'x/+' } as unknown as ConnectorWords;
  const asked = mqttOf(words, { world: realWorld(Date.now), log: logged().log, dialect: 'connector' });
  await expect(asked).rejects.toMatchObject({ code: 'USAGE', message: `--${name} is for a broker` });
});
