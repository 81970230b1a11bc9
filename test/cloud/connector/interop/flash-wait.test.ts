/** `mts firmware flash --wait-registered` before this connector's API: an emulated drive, and a board's registration. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import { decodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { type Running, startMts } from '../../../e2e/run-mts.ts';
import { EmulatedDaplink } from '../../../firmware-template/flash/daplink.ts';
import { folderPlace } from '../../../firmware-template/flash/places.ts';
import { k64fImage } from '../../../firmware-template/image/k64f-image.ts';
import { type Served, serve } from '../api/served.ts';
import { newCredentials, registration } from './tls-service.ts';

let [dir, drive, file] = ['', '', ''];
let image: Uint8Array;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-wait-'));
  [drive, file] = [join(dir, 'DAPLINK'), join(dir, 'client.bin')];
  const board = await (await newCredentials(dir, 'board-1')).board('board-1');
  image = k64fImage({ serverUri: 'coap://192.168.1.10:5684', credentials: board });
  await writeFile(file, image);
});
afterEach(() => rm(dir, { recursive: true }));

/** Registers as a board does that was flashed and has started. */
async function register(served: Served): Promise<void> {
  const { address } = await served.connector.listenUdp({ host: '127.0.0.1', port: 0 });
  const socket = createSocket('udp4');
  try {
    socket.send(registration('board-1', 1), address.port, address.host);
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(60_000) })) as [Buffer];
    expect(decodeMessage(answer).code).toBe(RESPONSES.Created);
  } finally {
    socket.close();
  }
}

async function flash({ host, key }: Pick<Served, 'host' | 'key'>): Promise<Running> {
  const keyFile = join(dir, 'api-key.txt');
  await writeFile(keyFile, key, { mode: 0o600 });
  const wait = ['--wait-registered', host, '--key-file', keyFile, '--register-timeout', '20s'];
  return startMts('firmware', 'flash', file, '--drive', drive, ...wait);
}

const plugged = (): Promise<EmulatedDaplink> => EmulatedDaplink.plug(folderPlace(drive), { size: image.length });

test('ends when the board has registered', async () => {
  await using served = await serve('mdc', 0);
  await using _board = await plugged();
  const running = await flash(served);
  await running.said(/^Press RESET on the board/m);
  await register(served);
  const { status, out } = await running.ended;
  expect(status).toBe(0);
  expect(out).toContain('Registered board-1: it is registered.');
});

test('a registration from before proves nothing: it is waited until it was gone', async () => {
  await using served = await serve('pelion', 0);
  await register(served);
  await using _board = await plugged();
  let asked = 0;
  served.app.server.on('request', () => {
    asked += 1;
  });
  const running = await flash(served);
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  // Once before it flashes, and twice while it waits.
  while (asked < 3 && !hasEnded) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(hasEnded).toBe(false);
  expect(await served.connector.boards.remove('board-1')).toBe(true);
  await running.said(/the registration from before is gone/);
  await register(served);
  const { status, out } = await running.ended;
  expect(status).toBe(0);
  expect(out).toContain('Registered board-1: it was gone, and is registered again.');
});

test('a key that the connector does not know: nothing is copied', async () => {
  await using served = await serve('mdc', 0);
  await using board = await plugged();
  const running = await flash({ host: served.host, key: 'ak_another-key-altogether' });
  const { status, err } = await running.ended;
  expect(status).not.toBe(0);
  expect(err).toContain('does not know the API key');
  expect(board.taken).toEqual([]);
});
