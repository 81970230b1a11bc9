/** Graphite on this machine: it is found or said to be missing, it ends with who started it, and its folder is all it needs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { placesIn, writeConf } from '../../../../cloud/platforms/graphite/local/conf.ts';
import { type Graphite, startGraphite } from '../../../../cloud/platforms/graphite/local/start.ts';
import { startServer } from '../../../../cloud/platforms/server-process.ts';
import { OutsideError } from '../../../../cloud/protocol/errors.ts';
import { hourOf } from '../../../../cloud/protocol/hour.ts';
import { collect } from '../../../conformance/store.ts';
import { graphiteWanted, openSink } from './graphite-here.ts';

const PREFIX = 'mbed.button_presses';
const PORTS = { plaintext: 1, pickle: 2, query: 3 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphite-local-'));
});
afterEach(async () => {
  for (const graphite of running.splice(0)) await graphite.close();
  await rm(folder, { recursive: true, force: true });
});

const running: Graphite[] = [];

/** Ended with the test, however that ends. */
async function start(): Promise<Graphite> {
  const graphite = await startGraphite({ folder, prefix: PREFIX });
  running.push(graphite);
  return graphite;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

/** Resolves when nothing listens there any more; the test's own time limit is the deadline. */
async function silent(port: number): Promise<void> {
  while (await listens(port)) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('its files are ours alone, and a per cent sign in the name of the folder is one', async () => {
  const odd = join(folder, '100%');
  await writeConf({ folder: odd, prefix: PREFIX, ports: PORTS });
  const { carbonConf, conf } = placesIn(odd);
  for (const name of [carbonConf, join(conf, 'local_settings.py')]) expect((await stat(name)).mode & 0o777).toBe(0o600);
  expect((await stat(conf)).mode & 0o777).toBe(0o700);
  expect(await readFile(carbonConf, 'utf8')).toContain(`${folder}/100%%/storage`);
  const [first, second] = [await readFile(join(conf, 'local_settings.py'), 'utf8'), await again()];
  expect(/SECRET_KEY = "[0-9a-f]{64}"/.test(first) && first !== second).toBe(true);

  async function again(): Promise<string> {
    await writeConf({ folder: odd, prefix: PREFIX, ports: PORTS });
    return readFile(join(conf, 'local_settings.py'), 'utf8');
  }
});

test('a folder that cannot be had: OutsideError FILE', async () => {
  await writeFile(join(folder, 'file'), '');
  const writing = writeConf({ folder: join(folder, 'file', 'below'), prefix: PREFIX, ports: PORTS });
  await expect(writing).rejects.toMatchObject({ code: 'FILE' });
  await expect(writeConf({ folder: `${folder}/a\nb`, prefix: PREFIX, ports: PORTS })).rejects.toMatchObject({
    code: 'FILE',
  });
});

test('a program that ends is no server: it is said what it said', async () => {
  const starting = startServer({
    name: 'the-server',
    command: [process.execPath, '-e', 'console.error("no such colour"); process.exit(3)'],
    cwd: folder,
    environment: {},
    isReady: async () => false,
  });
  await expect(starting).rejects.toMatchObject({
    code: 'SERVER',
    message: expect.stringMatching(/the-server ended: no such colour/),
  });
});

test('given up while it starts, it is ended', async () => {
  const stop = new AbortController();
  let said = '';
  const starting = startServer({
    name: 'the-server',
    command: [process.execPath, '-e', 'console.log(process.pid); setInterval(() => undefined, 1000)'],
    cwd: folder,
    environment: {},
    isReady: async (text) => {
      said = text;
      if (text.includes('\n')) stop.abort();
      return false;
    },
    signal: stop.signal,
  });
  await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  expect(() => process.kill(Number(said), 0)).toThrow('ESRCH');
});

(graphiteWanted ? describe : describe.skip)("Debian's", () => {
  test('what it was told is there when it is started again in the same folder', async () => {
    const total = { endpoint: 'a', hour: hourOf(Date.now()), count: 3 };
    const query = { endpoints: ['a'], from: new Date(), to: new Date(Date.now() + 3_600_000) };
    const first = await start();
    const sink = openSink({ port: first.ports.plaintext, url: first.url, prefix: PREFIX });
    await sink.put([total]);
    await sink.close();
    await first.close();
    await first.close();
    expect(await listens(first.ports.plaintext)).toBe(false);
    const second = await start();
    const again = openSink({ port: second.ports.plaintext, url: second.url, prefix: PREFIX });
    expect(await collect(again.readBack(query))).toEqual([total]);
    await again.close();
  });

  test('its pages open, with their scripts', async () => {
    const graphite = await start();
    for (const path of ['/', '/composer', '/static/js/composer.js', `/metrics/find?query=${PREFIX}.*`]) {
      const { status } = await fetch(`${graphite.url}${path}`);
      expect([path, status]).toEqual([path, 200]);
    }
    // A page of elsewhere that calls itself by this address (DNS rebinding) is told nothing; fetch cannot say another host.
    const asking = get(`${graphite.url}/render`, { headers: { host: 'example.org' } });
    const [{ statusCode }] = (await once(asking, 'response')) as [IncomingMessage];
    asking.destroy();
    expect(statusCode).toBe(400);
  });

  test('killed with -9, whoever started it leaves nothing running', async () => {
    const starter = fileURLToPath(new URL('./starter.main.ts', import.meta.url));
    const child = spawn(process.execPath, [starter, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const { plaintext, web } = JSON.parse(line) as { plaintext: number; web: number };
    expect([await listens(plaintext), await listens(web)]).toEqual([true, true]);
    child.kill('SIGKILL');
    await silent(plaintext);
    await silent(web);
  });
});

test('what is not installed is said, with how to get it', async () => {
  const { findPrograms } = await import('../../../../cloud/platforms/graphite/local/programs.ts');
  const nothing = join(folder, 'nothing');
  await mkdir(nothing);
  await chmod(nothing, 0o700);
  const error = await findPrograms({
    carbons: [join(nothing, 'carbon-cache')],
    pythons: [join(nothing, 'python3')],
  }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OutsideError);
  expect(error).toMatchObject({
    code: 'TOOL',
    message: 'carbon and graphite-web cannot be found on this machine',
    fix: expect.stringContaining('apt-get install graphite-carbon graphite-web'),
  });
});
