/** `mts simulate --by-hand`: a board on the screen, its button is the space bar. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openConnector } from '../../cloud/connector/connector.ts';
import { COUNTER_PATH } from '../../cloud/protocol/paths.ts';
import { realWorld } from '../../scripts/world.ts';
import { runVerb } from './run-verb.ts';

test('keys press, reset and disconnect; what the serial port says is on the screen', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mts-hand-'));
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const connector = await openConnector({ folder, world: realWorld(Date.now), log, dialect: 'pelion' });
  let screen = '';
  const said = async (text: string): Promise<void> => {
    while (!screen.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
    screen = screen.slice(screen.indexOf(text) + text.length);
  };
  async function* keys(): AsyncGenerator<string> {
    yield ' ';
    await said('new value of counter is 1');
    yield ' ';
    await said('new value of counter is 2');
    yield '?';
    await said('space presses the button');
    const before = registeredAt();
    yield 'r';
    // RAM is empty after it.
    await said('Starting mbed Client example');
    while (registeredAt() === before) await new Promise((resolve) => setTimeout(resolve, 5));
    yield ' ';
    await said('new value of counter is 1');
    yield 'q';
  }
  const print = (text: string): void => {
    screen += text;
  };
  const registeredAt = (): number => connector.boards.get('board-0001')?.registeredMs ?? 0;
  try {
    await connector.channels.putWebsocket('somebody');
    await connector.interests.setRules('somebody', [{ 'resource-path': [COUNTER_PATH] }], 'pelion');
    const { address } = await connector.listenUdp({ host: '127.0.0.1', port: 0 });
    const words = ['simulate', '--via', 'lwm2m+udp', '--to', `coap://127.0.0.1:${address.port}`, '--by-hand', '--json'];
    const { status, out } = await runVerb(words, { keys, err: print });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ boards: 1, lwm2m: { registrations: 2, observed: 1 } });
  } finally {
    await connector.close();
    await rm(folder, { recursive: true });
  }
});

test('it is refused where nobody is at a terminal, and for other ways', async () => {
  const words = ['simulate', '--to', 'coap://127.0.0.1', '--by-hand'];
  expect(await runVerb([...words, '--via', 'lwm2m+udp'])).toMatchObject({ status: 2 });
  async function* keys(): AsyncGenerator<string> {}
  expect(await runVerb([...words, '--via', 'webhook'], { keys })).toMatchObject({ status: 2 });
  expect(await runVerb([...words, '--via', 'lwm2m+udp', '--boards', '2'], { keys })).toMatchObject({ status: 2 });
});
