/** `mts simulate --via mqtt` as a process: its words, its ledger, its end. */
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import { compareLedger } from '../../simulator/ledger/compare.ts';
import { readLedger } from '../../simulator/ledger/read.ts';
import { startBroker } from '../simulator/links/mqtt/broker.ts';
import { countArrived } from '../simulator/links/mqtt/counted.ts';
import { isWill } from '../simulator/links/mqtt/play.ts';
import { subscribe } from '../simulator/links/mqtt/subscriber.ts';
import { inFolder, mts, startMts } from './run-mts.ts';

const FAULTS = 'redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3,reboot=0.01,wrap=0.2';

test('with every fault the ledger says what arrives behind the broker; the same seed presses the same', () =>
  inFolder(async (dir) => {
    await using broker = await startBroker();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const pressed: number[] = [];
    for (const qos of ['1', '2']) {
      await using subscriber = await subscribe(url, 2);
      const ledger = join(dir, `qos-${qos}.jsonl`);
      const words = ['--boards', '20', '--rate', '200', '--duration', '4s', '--seed', '7', '--faults', FAULTS];
      const run = await mts(
        'simulate',
        '--via',
        'mqtt',
        '--to',
        url,
        '--qos',
        qos,
        ...words,
        '--ledger',
        ledger,
        '--json',
      );
      expect(run).toMatchObject({ status: 0, err: '' });
      const summary = JSON.parse(run.out);
      expect(summary).toMatchObject({ boards: 20, undelivered: 0, dropped: 0, seed: 7 });
      await subscriber.all();
      const { expected, complete } = await readLedger(createInterface(createReadStream(ledger)));
      const counted = countArrived(subscriber.arrived, Date.now());
      const compared = compareLedger({ expected, before: [], counted, hoursKnown: true });
      expect(complete).toBe(true);
      expect(compared).toMatchObject({ pressed: summary.pressed, counted: summary.pressed, lost: 0, doubled: 0 });
      pressed.push(summary.pressed);
    }
    expect(pressed[0]).toBeGreaterThan(65_530);
    expect(pressed[1]).toBe(pressed[0]);
  }));

test('Ctrl-C ends in good order: what was pressed is delivered, and no will is published', async () => {
  await using broker = await startBroker();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  await using subscriber = await subscribe(url, 1);
  const run = startMts('simulate', '--via', 'mqtt', '--to', url, '--rate', '50', '--json');
  await subscriber.until((arrived) => arrived.some(({ body }) => body.includes('"notifications"')));
  run.interrupt();
  const { status, out } = await run.ended;
  expect(status).toBe(0);
  await subscriber.all();
  const counted = countArrived(subscriber.arrived, Date.now()).reduce((sum, { count }) => sum + count, 0);
  expect(JSON.parse(out)).toMatchObject({ pressed: counted, undelivered: 0 });
  expect(subscriber.arrived.filter(({ body }) => isWill(body))).toEqual([]);
});

test('a second Ctrl-C does not wait for a broker that answers nothing', async () => {
  await using broker = await startBroker();
  const asked = Promise.withResolvers<void>();
  broker.aedes.authorizePublish = () => asked.resolve();
  const run = startMts(
    'simulate',
    '--via',
    'mqtt',
    '--to',
    `mqtt://127.0.0.1:${broker.port}`,
    '--rate',
    '50',
    '--json',
  );
  await asked.promise;
  run.interrupt();
  // Signals that come together are one: the second is sent until it is heard.
  const again = setInterval(() => run.interrupt(), 50);
  const { status, out } = await run.ended;
  clearInterval(again);
  expect(status).toBe(1);
  expect(JSON.parse(out).undelivered).toBeGreaterThan(0);
});

test('the login is in a file, and is told nowhere', () =>
  inFolder(async (dir) => {
    const login = join(dir, 'login');
    await writeFile(login, 'boards:s3cret\n');
    await using broker = await startBroker({
      authenticate: (_client, user, password, done) => {
        const known = `${user}:${password}` === 'boards:s3cret';
        done(known ? null : Object.assign(new Error('no'), { returnCode: 5 as const }), known);
      },
    });
    const words = [
      'simulate',
      '--via',
      'mqtt',
      '--to',
      `mqtt://127.0.0.1:${broker.port}`,
      '--rate',
      '50',
      '--presses',
      '3',
    ];
    const [without, with_] = [await mts(...words), await mts(...words, '--mqtt-auth-file', login)];
    expect(without).toMatchObject({ status: 3, out: '' });
    expect(without.err).toContain('does not authorise board-0001');
    expect(with_.status).toBe(0);
    expect(with_.out + with_.err).not.toContain('s3cret');
  }));

describe('words', () => {
  const AWS = 'mqtts://a1-ats.iot.eu-west-1.amazonaws.com';
  test.each([
    ['simulate --via mqtt --to http://127.0.0.1/ --rate 1', "http://127.0.0.1 is no broker's address"],
    ['simulate --via mqtt --to mqtt://u:s3cret@127.0.0.1 --rate 1', 'holds a user or a password'],
    ['simulate --via mqtt --to mqtt://127.0.0.1 --rate 1 --qos 3', '--qos is 3'],
    [`simulate --via mqtt --to ${AWS} --rate 1 --qos 2`, 'AWS IoT Core has no QoS 2'],
    [`simulate --via mqtt --to ${AWS} --rate 1 --prefix bo.ard`, 'no thing'],
    ['simulate --via mqtt --to mqtt://127.0.0.1 --rate 1 --prefix a/b', 'no part of a topic'],
    ['simulate --via mqtt --to mqtt://127.0.0.1 --rate 1 --header-file x', '--header-file is for a webhook'],
    ['simulate --via mqtt --to mqtts://127.0.0.1 --rate 1 --cert x', '--cert is given without --key'],
    ['simulate --to http://127.0.0.1/ --rate 1 --qos 1', '--qos is for a broker'],
    ['simulate --via pigeon --to http://127.0.0.1/ --rate 1', 'webhook, mqtt'],
    ['up --via webhook --broker mqtt://127.0.0.1', '--broker is for --via mqtt here'],
    ['up --platform aws --via lwm2m+udp', 'is not for this platform'],
  ])('mts %s: told what is wrong, exit 2', async (words, expected) => {
    const { status, out, err } = await mts(...words.split(' '));
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(expected);
    expect(err).not.toMatch(/s3cret|bug/);
  });

  test.each([
    ['simulate --via mqtt --to mqtt://127.0.0.1:1 --rate 1', 'ECONNREFUSED'],
    ['simulate --via mqtt --to mqtts://127.0.0.1:1 --rate 1 --ca /nowhere', '/nowhere cannot be read: ENOENT'],
  ])('mts %s: what is missing outside, exit 3', async (words, expected) => {
    const { status, out, err } = await mts(...words.split(' '));
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toContain(expected);
  });
});
