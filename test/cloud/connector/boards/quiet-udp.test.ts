/** A board on a real UDP socket that says nothing for most of its lifetime; time is virtual. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { BoardService } from '../../../../cloud/connector/boards/service.ts';
import { openEvents } from '../../../../cloud/connector/events/open.ts';
import { listenUdp } from '../../../../cloud/connector/transports/udp.ts';
import { codeText, METHODS } from '../../../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, decodeMessage, encodeMessage } from '../../../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionTexts, pathOptions, textOption } from '../../../../cloud/protocol/coap/options.ts';
import { VirtualClock } from '../../../virtual-clock.ts';
import { Coming } from '../transports/coming.ts';

const NOTHING = new Uint8Array(0);

test('is asked, and updates, at the address that it registered from', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mts-quiet-'));
  const world = new VirtualClock(3);
  const events = openEvents({ path: join(folder, 'connector.db'), world });
  const refused: string[] = [];
  const service = new BoardService({
    ...{ world, events },
    interests: {
      pathsOf: () => new Set<string>(),
      keysFor: () => [],
      channelKeys: () => [],
      registered: () => undefined,
    },
    onTrouble: () => undefined,
    onRefused: (what) => refused.push(what),
    onProblem: (problem) => refused.push(String(problem)),
  });
  const transport = await listenUdp({
    ...{ host: '127.0.0.1', port: 0, world },
    onConnection: (connection) => service.accept(connection),
    onRefused: (reason) => refused.push(reason),
    onProblem: (problem) => refused.push(String(problem)),
  });
  const socket = createSocket('udp4');
  const coming = new Coming<CoapMessage>();
  socket.on('message', (bytes) => coming.push(decodeMessage(bytes)));
  socket.connect(transport.address.port, '127.0.0.1');
  await once(socket, 'connect');
  const say = (message: Partial<CoapMessage>): void => {
    const blank = {
      type: 'CON',
      code: METHODS.POST,
      messageId: 1,
      token: NOTHING,
      options: [],
      payload: NOTHING,
    } as const;
    socket.send(encodeMessage({ ...blank, ...message }));
  };
  try {
    const query = ['ep=quiet', 'lt=3600'].map((text) => textOption(OPTIONS.UriQuery, text));
    say({ options: [...pathOptions(OPTIONS.UriPath, '/rd'), ...query], payload: Buffer.from('</9/0/1>') });
    const location = optionTexts((await coming.next()).options, OPTIONS.LocationPath).join('/');
    await world.pass(640_000);
    const answer = service.request('quiet', { method: 'GET', path: '/9/0/1' });
    const asked = (await Promise.race([coming.next(), answer])) as CoapMessage;
    expect(asked).toMatchObject({ code: METHODS.GET });
    const { messageId, token } = asked;
    say({ type: 'ACK', code: 0x45, messageId, token, payload: Buffer.from('7') });
    expect(await answer).toMatchObject({ status: 200, payload: Uint8Array.of(0x37) });
    await world.pass(2_000_000);
    say({ messageId: 2, options: pathOptions(OPTIONS.UriPath, `/${location}`) });
    expect(codeText((await coming.next()).code)).toBe('2.04 Changed');
    expect(refused).toEqual([]);
    await world.pass(3_600_000 + 700_000);
    expect([service.list(), transport.counts.open]).toEqual([[], 0]);
  } finally {
    service.close();
    await transport.close();
    socket.close();
    events.close();
    await rm(folder, { recursive: true });
  }
});
