/** Websocket channels behind a real HTTP server, over a queue of their own, in virtual time; and clients that keep what they get. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { CHANNEL_SETTINGS, type WebsocketSettings } from '../../../../../cloud/connector/channels/settings.ts';
import { WebsocketChannels } from '../../../../../cloud/connector/channels/websocket/channels.ts';
import { websocketServer } from '../../../../../cloud/connector/channels/websocket/server.ts';
import type { Events } from '../../../../../cloud/connector/events/open.ts';
import { queueFile } from '../../events/queue-files.ts';
import type { VirtualTime } from '../../events/virtual-time.ts';
import { until } from '../webhook/receiver.ts';

export interface Serving extends AsyncDisposable {
  readonly world: VirtualTime;
  readonly url: string;
  events: Events;
  channels: WebsocketChannels;
  readonly removed: string[];
  readonly problems: unknown[];
  restart(): Promise<void>;
  /** A client of the key's channel, connected. */
  client(key: string, options?: { readonly autoPong?: boolean }): Promise<Client>;
}

export interface Client {
  readonly socket: WebSocket;
  readonly texts: string[];
  /** Payloads of pings, as they came. */
  readonly pings: Buffer[];
  /** Close code and reason. */
  readonly closed: Promise<string>;
}

export async function serving(settings: Partial<WebsocketSettings> = {}): Promise<Serving> {
  const file = await queueFile();
  const [removed, problems]: [string[], unknown[]] = [[], []];
  const open = () =>
    new WebsocketChannels({
      events: file.events,
      world: file.world,
      settings: { ...CHANNEL_SETTINGS.pelion.websocket, ...settings },
      dialect: 'connector',
      hooks: {
        onRemoved: (key, why, events) => removed.push(`${key} ${why} ${events}`),
        onProblem: (_key, problem) => problems.push(problem),
      },
    });
  const server = createServer();
  const websockets = websocketServer();
  server.on('upgrade', (request, socket, head) => {
    websockets.handleUpgrade(request, socket, head, (upgraded) =>
      made.channels.connect(request.url!.slice(1), upgraded),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clients = new Set<WebSocket>();
  const made: Serving = {
    world: file.world,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: file.events,
    channels: open(),
    removed,
    problems,
    async restart() {
      await closed(made);
      made.events = file.reopen();
      made.channels = open();
    },
    async client(key, options = {}) {
      const socket = new WebSocket(`${made.url}/${key}`, ['wss', 'pelion_ak_secret'], options);
      const client: Client = { socket, ...keep(socket) };
      clients.add(socket);
      await new Promise((resolve) => socket.once('open', resolve));
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of clients) socket.terminate();
      await closed(made);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await file[Symbol.asyncDispose]();
    },
  };
  return made;
}

function keep(socket: WebSocket): Omit<Client, 'socket'> {
  const [texts, pings]: [string[], Buffer[]] = [[], []];
  socket.on('message', (data, isBinary) => texts.push(isBinary ? 'binary' : data.toString()));
  socket.on('ping', (payload) => pings.push(payload));
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => {
    socket.once('close', (code, reason) => resolve(`${code} ${reason}`.trim()));
  });
  return { texts, pings, closed };
}

/** Who does not take part in a closing handshake is cut off in time, which has to pass. */
async function closed({ channels, world }: Serving): Promise<void> {
  let isClosed = false;
  void channels.close().then(() => {
    isClosed = true;
  });
  for (let turn = 0; turn < 50 && !isClosed; turn++) await new Promise((resolve) => setImmediate(resolve));
  if (!isClosed) await world.pass(2_000);
  await until(() => isClosed);
}
