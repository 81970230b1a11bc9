/** `mts ingest --mqtt` as a process: killed, behind a broker that restarts, over TLS with certificates; its words. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openLocalStore } from '../../cloud/platforms/local/store.ts';
import { publish, topicOf, until, value } from '../cloud/ingest/mqtt/receiving.ts';
import { mosquittoWanted, startMosquitto } from '../mosquitto.ts';
import { startBroker } from '../simulator/links/mqtt/broker.ts';
import { BROKERS } from '../simulator/links/mqtt/brokers.ts';
import { makeAuthority } from '../simulator/links/mqtt/certificates.ts';
import { type IngestProcess, startIngest } from './ingest-process.ts';
import { inFolder, mts, type Running, startMts } from './run-mts.ts';

const FAULTS = 'redeliver=0.1,concurrent=0.1,lost-answer=0.05,coalesce=0.2,reboot=0.01';
const RUN = ['--boards', '20', '--schedule', 'poisson:400', '--duration', '4s', '--seed', '9', '--faults', FAULTS];

/** Boards that are pressed once each, at once. */
const WAVE = 1_500;

const simulate = (url: string, ledger: string) =>
  startMts('simulate', '--via', 'mqtt', '--to', url, ...RUN, '--ledger', ledger, '--json');

/** Waits until this process has taken so many messages, which is in the middle of the run. */
function taken({ port }: IngestProcess, least: number): Promise<void> {
  return until(async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^mts_mqtt_messages_total\{outcome="taken"\} (\d+)$/m.exec(text)?.[1]) >= least;
  });
}

/** Waits until so many are counted: a broker may hand over what waited behind what is new, so no message is the last. */
async function allPressed(dir: string, presses: number): Promise<void> {
  const store = openLocalStore({ dir, create: false, maxAside: 1e6 });
  try {
    await until(async () => (await store.totals()).presses >= presses);
  } finally {
    await store.close();
  }
}

async function pressedBy({ ended }: Running): Promise<number> {
  const { status, out, err } = await ended;
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return JSON.parse(out).pressed;
}

async function isExact(ledger: string, data: string): Promise<void> {
  const { status, out } = await mts('verify', '--ledger', ledger, '--data', data, '--json');
  expect(JSON.parse(out)).toMatchObject({ lost: 0, doubled: 0 });
  expect(JSON.parse(out).pressed).toBeGreaterThan(500);
  expect(status).toBe(0);
}

describe.each(BROKERS)('$name', ({ wanted, start }) => {
  const on = wanted ? test : test.skip;

  on('kill -9 of the receiver under load, three times: every press counted once', () =>
    inFolder(async (dir) => {
      const [data, ledger] = [join(dir, 'data'), join(dir, 'ledger.jsonl')];
      await using broker = await start();
      const url = `mqtt://127.0.0.1:${broker.port}`;
      let ingest = await startIngest(data, 0, '--mqtt', url);
      const run = simulate(url, ledger);
      for (let kill = 1; kill <= 3; kill++) {
        await taken(ingest, 60);
        await ingest.kill();
        ingest = await startIngest(data, 0, '--mqtt', url);
      }
      await allPressed(data, await pressedBy(run));
      expect(await ingest.stop()).toBe(0);
      await isExact(ledger, data);
    }),
  );

  on(
    'kill -9 with messages in the line, of a board each, so that no later one tells as much: all of them counted',
    () =>
      inFolder(async (dir) => {
        await using broker = await start();
        const url = `mqtt://127.0.0.1:${broker.port}`;
        let ingest = await startIngest(dir, 0, '--mqtt', url);
        const published: Promise<void>[] = [];
        for (let kill = 1; kill <= 3; kill++) {
          const boards = Array.from({ length: WAVE }, (_, index) => `board-${kill}-${index}`);
          published.push(
            publish(
              broker.port,
              boards.map((ep) => [topicOf(ep), value(ep, 1)]),
            ),
          );
          await taken(ingest, 1);
          await ingest.kill();
          ingest = await startIngest(dir, 0, '--mqtt', url);
        }
        await Promise.all(published);
        await allPressed(dir, 3 * WAVE);
        expect(await ingest.stop()).toBe(0);
        const { out } = await mts('report', '--data', dir, '--json');
        const { hours } = JSON.parse(out) as { readonly hours: readonly { readonly count: number }[] };
        expect(hours.reduce((sum, { count }) => sum + count, 0)).toBe(3 * WAVE);
      }),
  );
});

const onMosquitto = mosquittoWanted ? test : test.skip;

onMosquitto('a broker that restarts in the middle, with what it keeps on disk: every press counted once', () =>
  inFolder(async (dir) => {
    const [data, ledger, kept] = [join(dir, 'data'), join(dir, 'ledger.jsonl'), join(dir, 'kept')];
    await mkdir(kept);
    const settings = ['allow_anonymous true', 'persistence true', `persistence_location ${kept}/`];
    let broker = await startMosquitto({ settings });
    const { port } = broker;
    try {
      const url = `mqtt://127.0.0.1:${port}`;
      const ingest = await startIngest(data, 0, '--mqtt', url);
      const run = simulate(url, ledger);
      for (let restart = 1; restart <= 2; restart++) {
        await taken(ingest, 100 * restart);
        await broker.end();
        await broker[Symbol.asyncDispose]();
        broker = await startMosquitto({ port, settings });
      }
      await allPressed(data, await pressedBy(run));
      expect(await ingest.stop()).toBe(0);
      await isExact(ledger, data);
    } finally {
      await broker[Symbol.asyncDispose]();
    }
  }),
);

describe('TLS', () => {
  const over = async (work: (words: string[], port: number, dir: string) => Promise<void>): Promise<void> => {
    await using authority = await makeAuthority('ingest');
    const [server, own] = [await authority.sign('broker', 'server'), await authority.sign('ingest', 'client')];
    const { cert, key } = server;
    const tls = { cert, key, ca: authority.own.cert, requestCert: true, rejectUnauthorized: true };
    const login = join(authority.dir, 'login');
    await writeFile(login, 'ingest:s3cret\n');
    await using broker = await startBroker({
      tls,
      authenticate: (_client, user, password, done) => done(null, `${user}:${password}` === 'ingest:s3cret'),
    });
    const words = ['--mqtt', `mqtts://127.0.0.1:${broker.port}`, '--ca', authority.own.certFile];
    const shown = ['--cert', own.certFile, '--key', own.keyFile, '--mqtt-auth-file', login];
    await work([...words, ...shown], broker.port, authority.dir);
  };

  test('certificates of both sides, and a login; one document of addresses; secrets are not told', () =>
    over(async (words, port, dir) => {
      const data = join(dir, 'data');
      const run = startMts('ingest', '--data', data, '--port', '0', '--json', '--mqtt-only', ...words);
      const [line] = await run.said(/^\{.*\}$/m);
      const clientId = (await readFile(join(data, 'mqtt-client-id'), 'utf8')).trim();
      const told = JSON.parse(line);
      expect(told).toEqual({
        metrics: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/),
        healthz: expect.stringMatching(/\/healthz$/),
        mqtt: `mqtts://127.0.0.1:${port}`,
        topic: 'mbed/+/notifications',
        clientId,
      });
      expect((await fetch(told.healthz)).status).toBe(200);
      expect(await (await fetch(told.metrics)).text()).toMatch(/^mts_mqtt_connected 1$/m);
      expect((await fetch(told.metrics.replace('metrics', 'webhook'), { method: 'PUT', body: '{}' })).status).toBe(404);
      run.interrupt();
      const { status, out, err } = await run.ended;
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).not.toContain('s3cret');
    }));

  test('without its certificate: exit 3, and what to give', () =>
    over(async (words, _port, dir) => {
      const without = words.filter((_, index) => index < words.indexOf('--cert') || index > words.indexOf('--key') + 1);
      const run = await mts('ingest', '--data', join(dir, 'data'), '--port', '0', ...without);
      expect(run).toMatchObject({ status: 3, out: '' });
      expect(run.err).toMatch(/the broker at mqtts:.* cannot be reached \(ERR_SSL_.*CERTIFICATE_REQUIRED/);
    }));
});

describe('words', () => {
  const MQTT = 'ingest --data DIR --mqtt mqtt://127.0.0.1:1';
  const AWS = 'mqtts://a1-ats.iot.eu-west-1.amazonaws.com';
  test.each([
    ['ingest --data DIR --topic a', '--topic is for a broker'],
    ['ingest --data DIR --mqtt-only', '--mqtt-only is for a broker'],
    ['ingest --data DIR --ca x', '--ca is for a broker'],
    ['ingest --data DIR --mqtt http://127.0.0.1', "http://127.0.0.1 is no broker's address"],
    ['ingest --data DIR --mqtt mqtt://u:s3cret@127.0.0.1', 'holds a user or a password'],
    [`${MQTT} --topic mbed/#/x`, 'has a # that is not its last level'],
    [`${MQTT} --topic mbed/a+`, 'has a + that is not a whole level'],
    [`${MQTT} --topic $SYS/#`, 'begins with $'],
    [`ingest --data DIR --mqtt ${AWS} --topic a/b/c/d/e/f/g/h/i`, '7 slashes of AWS IoT Core'],
    [`${MQTT} --client-id ${'x'.repeat(129)}`, '--client-id is no client id'],
    [`${MQTT} --mqtt-only --header-file x`, '--header-file is for a webhook'],
    [`${MQTT} --ca x`, 'x cannot be read'],
    [`${MQTT} --cert x`, '--cert is given without --key'],
    ['ingest --platform aws --mqtt mqtt://127.0.0.1', '--client-id is missing'],
  ])('mts %s: told what is wrong', async (words, expected) => {
    const dir = await mkdtemp(join(tmpdir(), 'mts-words-'));
    const { status, out, err } = await mts(...words.replace('DIR', dir).split(' '));
    await rm(dir, { recursive: true });
    expect({ status, out }).toEqual({ status: expected.endsWith('read') ? 3 : 2, out: '' });
    expect(err).toContain(expected);
    expect(err).not.toMatch(/s3cret|bug/);
  });
});
