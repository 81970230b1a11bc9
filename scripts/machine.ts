/** Looks at this machine: what verbs and tests need, whether it is here, and how to get it. Changes nothing. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoDbLocalHome, JAR } from '../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { HOW_TO_GET_JAVA, javaVersion } from '../cloud/platforms/aws/local/dynamodb/java.ts';
import {
  armCompiler,
  boardTls,
  chromium,
  coapClient,
  hostCompiler,
  mbedCli,
  mosquitto,
  socat,
} from './machine-programs.ts';
import { cacheFolder, javaCommand } from './own-tools.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Only some things need it: its absence does not make the machine unfit. */
  readonly optional: boolean;
  readonly found: string;
  readonly needed: string;
  readonly fix: string;
}

export type Found = Pick<Check, 'ok' | 'found'>;
const DEFAULT_PORT = 8080;

export function examineMachine(): Promise<Check[]> {
  return Promise.all([
    check('Node.js', false, 'every verb', 'install Node.js 22.18 or newer from https://nodejs.org', nodeVersion),
    check('SQLite', false, '--platform local', 'use a Node.js built with node:sqlite', sqlite),
    check('temporary folder', false, '`mts up` without --data', 'make TMPDIR a writable folder with room', temporary),
    check(
      `port ${DEFAULT_PORT}`,
      true,
      '`mts up` and `mts ingest` as they come',
      'give --port, or end the other program',
      port,
    ),
    check('Java', true, '`mts aws local`, `mts up --platform aws`, and the tests on DynamoDB', HOW_TO_GET_JAVA, java),
    check(
      'DynamoDB Local',
      true,
      '`mts aws local` and `mts up --platform aws`, of which the first fetches it by `npm pack` (57 MB) when it starts',
      'run `mts aws local` once with a network',
      dynamoDbLocal,
    ),
    check('InfluxDB', true, '`mts up --platform influxdb`, and its tests', 'apt-get install influxdb', influxd),
    check(
      'Graphite',
      true,
      '`mts up --platform graphite`, and its tests',
      'apt-get install graphite-carbon graphite-web',
      graphite,
    ),
    check(
      'Azurite',
      true,
      '`mts up --platform azure`, and its tests',
      'install again with its optional packages: `npm ci --include=optional`',
      azurite,
    ),
    check(
      'Firestore emulator',
      true,
      '`mts up --platform google`, and the tests on Firestore; it needs Java as well',
      "apt-get install google-cloud-cli-firestore-emulator from Google's packages: https://cloud.google.com/sdk/docs/install#deb",
      () => emulator('firestore'),
    ),
    check(
      'Pub/Sub emulator',
      true,
      '`mts up --platform google`, and the tests on Pub/Sub; it needs Java as well',
      "apt-get install google-cloud-cli-pubsub-emulator from Google's packages: https://cloud.google.com/sdk/docs/install#deb",
      () => emulator('pubsub'),
    ),
    check(
      'serialport',
      true,
      '`mts firmware monitor`, and `mts firmware flash --reset break`',
      'install again with its optional packages: `npm ci --include=optional`',
      serialPort,
    ),
    check('Mbed CLI 1', true, 'building the firmware of a real board', 'see the BUILD.md that was generated', mbedCli),
    check(
      'arm-none-eabi-g++',
      true,
      "building that firmware, for which it must be a version 6, and the compiler's test of `npm test`",
      'apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib (the tests); BUILD.md (6)',
      armCompiler,
    ),
    check('g++', true, 'the same test', 'apt-get install g++', hostCompiler),
    check('Mbed TLS', true, "the test of the board's own TLS", 'apt-get install libmbedtls-dev', boardTls),
    check('libcoap', true, 'the tests with a foreign CoAP client', 'apt-get install libcoap3-bin', coapClient),
    check('socat', true, 'the tests of serial ports', 'apt-get install socat', socat),
    check('Mosquitto', true, 'the MQTT tests of `npm test`', 'apt-get install mosquitto', mosquitto),
    check('Chromium', true, 'the browser tests of `npm test`', 'apt-get install chromium', chromium),
  ]);
}

async function check(
  name: string,
  optional: boolean,
  needed: string,
  fix: string,
  look: () => Promise<Found>,
): Promise<Check> {
  try {
    return { name, optional, needed, fix, ...(await look()) };
  } catch (error) {
    return { name, ok: false, optional, found: reasonOf(error), needed, fix };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.code === 'ENOENT' ? 'none' : (error.message.split('\n')[0] ?? '');
}

async function nodeVersion(): Promise<Found> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return { ok: major > 22 || (major === 22 && minor >= 18), found: process.version };
}

async function sqlite(): Promise<Found> {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(':memory:');
  const version = db.prepare('SELECT sqlite_version() AS version').get()?.version;
  db.close();
  return { ok: true, found: String(version) };
}

async function temporary(): Promise<Found> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-doctor-'));
  try {
    await writeFile(join(dir, 'probe'), 'x');
    return { ok: true, found: tmpdir() };
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function port(): Promise<Found> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, found: String(error.code) }));
    server.listen(DEFAULT_PORT, '127.0.0.1', () => server.close(() => resolve({ ok: true, found: 'free' })));
  });
}

async function java(): Promise<Found> {
  return { ok: true, found: await javaVersion(javaCommand(process.env)) };
}

async function dynamoDbLocal(): Promise<Found> {
  const home = dynamoDbLocalHome(cacheFolder(process.env));
  const ok = existsSync(join(home, JAR));
  return { ok, found: ok ? home : 'not fetched yet' };
}

async function influxd(): Promise<Found> {
  const { findInfluxd } = await import('../cloud/platforms/influxdb/local/start.ts');
  return { ok: true, found: await findInfluxd() };
}

async function graphite(): Promise<Found> {
  const { findPrograms } = await import('../cloud/platforms/graphite/local/programs.ts');
  const { carbonCache, python } = await findPrograms();
  return { ok: true, found: `${carbonCache}, graphite-web by ${python}` };
}

async function azurite(): Promise<Found> {
  const { findAzurite } = await import('../cloud/platforms/azure/local/azurite.ts');
  return { ok: true, found: findAzurite() };
}

async function emulator(name: 'firestore' | 'pubsub'): Promise<Found> {
  const { findEmulator } = await import('../cloud/platforms/google/local/emulators.ts');
  return { ok: true, found: await findEmulator(name, process.env) };
}

async function serialPort(): Promise<Found> {
  const { SerialPort } = await import('serialport');
  const ports = await SerialPort.list();
  return { ok: true, found: `${ports.length} ports` };
}
