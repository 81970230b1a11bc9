/** The check of a broker before a run, and what is said of one that does not pass. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OutsideError } from '../../../../cloud/protocol/errors.ts';
import { openLink } from '../../../../simulator/links/open.ts';
import type { FleetOptions } from '../../../../simulator/options.ts';
import { runFleet } from '../../../../simulator/run.ts';
import { mosquittoWanted, startMosquitto } from '../../../mosquitto.ts';
import { sleepClock } from '../../clocks.ts';
import { type Broker, startBroker } from './broker.ts';
import { type Authority, makeAuthority, type Pair } from './certificates.ts';
import { countArrived } from './counted.ts';
import { PLAN, RECEIVED_AT, START } from './play.ts';
import { subscribe } from './subscriber.ts';

let [ours, others]: [Authority, Authority] = [] as never;
let [server, client, stranger]: [Pair, Pair, Pair] = [] as never;

beforeAll(async () => {
  [ours, others] = [await makeAuthority('ours'), await makeAuthority('others')];
  [server, client] = [await ours.sign('broker', 'server'), await ours.sign('boards', 'client')];
  stranger = await others.sign('stranger', 'client');
});
afterAll(async () => {
  for (const authority of [ours, others]) await authority[Symbol.asyncDispose]();
});

/** What a run that must not begin says. */
async function refused(options: Partial<FleetOptions> & { readonly url: string }): Promise<OutsideError> {
  const error: unknown = await runFleet({ ...PLAN, ...options }, sleepClock(START)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OutsideError);
  const told = error as OutsideError;
  expect(told.code).toBe('SERVER');
  expect(`${told.message} ${told.fix} ${told.stack}`).not.toMatch(/s3cret|PRIVATE KEY/);
  return told;
}

async function listening(made: Server): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  made.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    sockets.add(socket);
  });
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return {
    port: (made.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      made.close();
      await once(made, 'close');
    },
  };
}

const login = { user: 'boards', password: 's3cret' };

describe('a broker', () => {
  test('that is not there', async () => {
    const { message, fix } = await refused({ url: 'mqtt://127.0.0.1:1' });
    expect(message).toBe('the broker at mqtt://127.0.0.1:1 could not be reached (ECONNREFUSED)');
    expect(fix).toContain('the broker is running');
  });

  test.each([
    [1, 'does not speak MQTT 3.1.1'],
    [2, 'does not take board-0001 as a client id'],
    [3, 'unavailable'],
    [4, 'does not know this user and password'],
    [5, 'does not authorise board-0001'],
    [9, 'code 9'],
  ])('that answers with return code %d', async (code, words) => {
    const answer = (socket: Socket) => socket.once('data', () => socket.end(Buffer.from([0x20, 2, 0, code])));
    await using other = await listening(createServer((socket) => void answer(socket)));
    const { message } = await refused({ url: `mqtt://127.0.0.1:${other.port}`, mqtt: { login } });
    expect(message).toContain(words);
  });

  test('that answers nothing', async () => {
    await using other = await listening(createServer());
    const { message, fix } = await refused({ url: `mqtt://127.0.0.1:${other.port}`, timeoutMs: 200 });
    expect(message).toContain('did not answer in time');
    expect(fix).toContain('mqtts://');
  });

  test('that hangs up', async () => {
    await using other = await listening(createServer((socket) => socket.destroy()));
    const { message } = await refused({ url: `mqtt://127.0.0.1:${other.port}` });
    expect(message).toContain('closed the connection of board-0001 without an answer');
  });

  test('that is none, but a web server', async () => {
    await using other = await listening(createHttpServer());
    const { message } = await refused({ url: `mqtt://127.0.0.1:${other.port}` });
    expect(message).toContain('does not speak MQTT');
  });

  test('that wants a login gets it, and does not take another', async () => {
    await using broker = await startBroker({
      authenticate: (_client, user, password, done) => {
        const known = user === 'boards' && password?.toString() === 's3cret';
        done(known ? null : Object.assign(new Error('no'), { returnCode: 4 as const }), known);
      },
    });
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const told = await refused({ url, mqtt: { login: { user: 'boards', password: 's3cret-no' } } });
    expect(told.message).toContain('does not know this user and password');
    await refused({ url });
    const summary = await runFleet({ ...PLAN, url, presses: 3, mqtt: { login } }, sleepClock(START));
    expect(summary.undelivered).toBe(0);
  });

  test('that passes is asked once, published nothing, and left in good order', async () => {
    const told: string[] = [];
    await using broker = await startBroker();
    broker.aedes.on('publish', ({ topic }) => void (topic.startsWith('$SYS') || told.push(topic)));
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const link = await openLink({ ...PLAN, url }, { ...sleepClock(START), abandon: new AbortController().signal });
    expect(await link.open()).toBe(0);
    await link.close();
    expect(broker.aedes.connectedClients).toBe(0);
    expect(told).toEqual([]);
  });
});

describe('TLS', () => {
  let broker: Broker;
  let url: string;
  const shown: (string | undefined)[] = [];

  beforeAll(async () => {
    const { cert, key } = server;
    const tls = { cert, key, ca: ours.own.cert, requestCert: true, rejectUnauthorized: true };
    broker = await startBroker({
      tls,
      authenticate: (asking, _user, _password, done) => {
        const { subject } = (asking.conn as import('node:tls').TLSSocket).getPeerCertificate();
        shown.push(`${asking.id} ${subject.CN}`);
        done(null, true);
      },
    });
    url = `mqtts://localhost:${broker.port}`;
  });
  afterAll(() => broker.close());

  const trusting = () => ({ ca: ours.own.cert, credentials: client });

  test('with a certificate that it trusts, over which presses arrive', async () => {
    const { ca, cert, key } = { ca: ours.own.cert, ...client };
    await using subscriber = await subscribe(url, 1, { ca, cert, key });
    const summary = await runFleet(
      { ...PLAN, url, mqtt: trusting(), faults: { 'lost-answer': 0.2 } },
      sleepClock(START),
    );
    await subscriber.all();
    const counted = countArrived(subscriber.arrived, RECEIVED_AT).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(summary.pressed);
  });

  test('each board with a certificate of its own', async () => {
    const asked: string[] = [];
    const credentials = async (endpoint: string): Promise<Pair> => {
      asked.push(endpoint);
      return await ours.sign(endpoint, 'client');
    };
    shown.length = 0;
    await runFleet(
      { ...PLAN, url, boards: 3, presses: 3, mqtt: { ca: ours.own.cert, credentials } },
      sleepClock(START),
    );
    expect(new Set(asked)).toEqual(new Set(['board-0001', 'board-0002', 'board-0003']));
    expect(new Set(shown)).toEqual(new Set(asked.map((endpoint) => `${endpoint} ${endpoint}`)));
  });

  test.each([
    ['nobody vouches for', () => ({ credentials: client }), /shows a certificate that is not trusted/, 'signed it'],
    [
      'somebody else vouches for',
      () => ({ ca: others.own.cert, credentials: client }),
      /shows a certificate that is not trusted/,
      'signed it',
    ],
    [
      'wants a certificate',
      () => ({ ca: ours.own.cert }),
      /did not take what the boards show|closed the connection/,
      'certificate and key',
    ],
    [
      'wants another certificate',
      () => ({ ca: ours.own.cert, credentials: stranger }),
      /did not take what the boards show|closed the connection/,
      'certificate and key',
    ],
  ])('a broker that %s', async (_, mqtt, message, fix) => {
    const told = await refused({ url, mqtt: mqtt() });
    expect(told.message).toMatch(message);
    expect(told.fix).toContain(fix);
  });

  test('a broker under another name than its certificate says', async () => {
    const wrong = await ours.sign('elsewhere', 'server', 'DNS:elsewhere.example');
    await using other = await startBroker({ tls: { cert: wrong.cert, key: wrong.key } });
    const told = await refused({ url: `mqtts://localhost:${other.port}`, mqtt: { ca: ours.own.cert } });
    expect(told.message).toContain('certificate that is not trusted');
  });

  test('to a port without it, and from a link without it', async () => {
    await using plain = await startBroker();
    const there = await refused({ url: `mqtts://localhost:${plain.port}`, timeoutMs: 2_000 });
    expect(`${there.message} ${there.fix}`).toContain('mqtt:// is without TLS');
    const here = await refused({ url: `mqtt://localhost:${broker.port}`, timeoutMs: 2_000 });
    expect(`${here.message} ${here.fix}`).toContain('mqtt:// is without TLS');
  });

  test.each([
    { cert: 'none', key: 'none' },
    { cert: '-----BEGIN CERTIFICATE-----\ns3cret\n-----END CERTIFICATE-----\n', key: '' },
  ])('refuses PEM that is none, and does not repeat it', async (credentials) => {
    const run = runFleet({ ...PLAN, url, mqtt: { credentials } }, sleepClock(START));
    await expect(run).rejects.toMatchObject({ code: 'USAGE', message: expect.not.stringContaining('s3cret') });
  });
});

(mosquittoWanted ? describe : describe.skip)('Mosquitto', () => {
  test('with certificates that it demands, a policy by their names, and a login', async () => {
    await using broker = await startMosquitto({
      settings: [
        `cafile ${ours.own.certFile}`,
        `certfile ${server.certFile}`,
        `keyfile ${server.keyFile}`,
        'require_certificate true',
        'allow_anonymous true',
      ],
    });
    const url = `mqtts://localhost:${broker.port}`;
    const told = await refused({ url, mqtt: { ca: ours.own.cert }, timeoutMs: 5_000 });
    expect(told.message).toMatch(/did not take what the boards show|closed the connection/);
    const summary = await runFleet(
      {
        ...PLAN,
        url,
        mqtt: { ca: ours.own.cert, credentials: client },
        faults: { redeliver: 0.2, 'lost-answer': 0.2 },
      },
      sleepClock(START),
    );
    expect(summary).toMatchObject({ undelivered: 0, dropped: 0 });
  });

  test('that lets nobody in without a login says so', async () => {
    await using broker = await startMosquitto({ settings: ['allow_anonymous false'] });
    const { message, fix } = await refused({ url: `mqtt://127.0.0.1:${broker.port}`, mqtt: { login } });
    expect(message).toContain('does not authorise board-0001');
    expect(fix).toContain('user and password');
  });
});

test('options that do not go together are refused before anything is connected', async () => {
  const run = (options: Partial<FleetOptions>) =>
    runFleet({ ...PLAN, url: 'mqtt://127.0.0.1:1', ...options }, sleepClock(START));
  for (const options of [
    { namePrefix: 'a/b' },
    { namePrefix: 'a'.repeat(125) },
    { url: 'http://127.0.0.1:1' },
    { url: 'mqtts://a-ats.iot.eu-west-1.amazonaws.com', mqtt: { qos: 2 as const } },
    { mqtt: { ca: 'x' } },
    { boards: 0 },
  ]) {
    await expect(run(options)).rejects.toMatchObject({ code: 'USAGE' });
  }
});
