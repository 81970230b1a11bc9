/** Graphite as the command opens it: here, by its words, and not where it refuses us. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hourOf } from '../../../cloud/protocol/hour.ts';
import { startGraphiteHere } from '../../../scripts/graphite/here.ts';
import { openGraphiteSink } from '../../../scripts/graphite/sink.ts';
import type { GraphitePlan } from '../../../scripts/graphite/words.ts';
import { graphiteWanted } from '../../cloud/platforms/graphite/graphite-here.ts';
import { collect } from '../../conformance/store.ts';

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, signal === undefined ? {} : { signal });
const deps = { now: Date.now, sleep };

describe('a server that refuses us', () => {
  let server: Server;
  let answer: [status: number, body: string];
  let logins: (string | undefined)[];
  let plan: GraphitePlan;
  beforeEach(async () => {
    logins = [];
    server = createServer((request, response) => {
      logins.push(request.headers.authorization);
      request.resume().on('end', () => response.writeHead(answer[0]).end(answer[1]));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    plan = { carbon: { host: '127.0.0.1', port: 1, protocol: 'plaintext' }, url, prefix: 'mbed.button_presses' };
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each<[number, string]>([
    [401, ''],
    [403, ''],
    [404, ''],
    [302, ''],
    [200, '<html>'],
  ])('%d %s: OutsideError SERVER at once', async (status, body) => {
    answer = [status, body];
    await expect(openGraphiteSink(plan, deps)).rejects.toMatchObject({
      code: 'SERVER',
      fix: expect.stringContaining('login'),
    });
  });

  test('one that is in trouble, or down, is opened: put says that it failed', async () => {
    answer = [503, ''];
    await (await openGraphiteSink(plan, deps)).close();
    server.close();
    server.closeAllConnections();
    const sink = await openGraphiteSink(plan, deps);
    const total = { endpoint: 'a', hour: hourOf(Date.now()), count: 1 };
    expect(await sink.put([total])).toEqual({ refused: [], failed: [total] });
    await sink.close();
  });

  test('the login goes with every question', async () => {
    answer = [200, '[]'];
    const sink = await openGraphiteSink({ ...plan, login: { user: 'u', password: 'p' } }, deps);
    await collect(sink.readBack({ endpoints: ['a'], from: new Date(0), to: new Date() }));
    expect(logins).toEqual(['Basic dTpw', 'Basic dTpw']);
    await sink.close();
  });
});

(graphiteWanted ? describe : describe.skip)('here', () => {
  test('it is started, told, looked at by the address that is printed, and ended', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graphite-here-'));
    const io = { now: Date.now, err: () => undefined, sleep, stop: new AbortController().signal };
    const here = await startGraphiteHere({ folder: join(folder, 'new'), io });
    try {
      const sink = await openGraphiteSink(here.plan, deps);
      const total = { endpoint: 'a b', hour: hourOf(Date.now()), count: 3 };
      expect(await sink.put([total])).toEqual({ refused: [], failed: [] });
      const [[, address], [, graph]] = here.lines as [[string, string], [string, string]];
      expect(new URL(address).hostname).toBe('127.0.0.1');
      const picture = await fetch(graph);
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
      await sink.close();
    } finally {
      await here.close();
    }
    await expect(fetch(here.plan.url)).rejects.toThrow();
    await rm(folder, { recursive: true });
  });

  test('stopped before it is up, nothing is left', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graphite-here-'));
    const io = { now: Date.now, err: () => undefined, sleep, stop: AbortSignal.abort() };
    await expect(startGraphiteHere({ folder, io })).rejects.toMatchObject({ name: 'AbortError' });
    await rm(folder, { recursive: true });
  });
});
