import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { dashboard } from '../../../cloud/dashboard/dashboard.ts';
import { hoursBack, MemoryHours } from './memory-hours.ts';

const NOW = Date.UTC(2026, 2, 12, 15, 41);

let app: FastifyInstance;
let hours: MemoryHours;

beforeEach(async () => {
  hours = new MemoryHours();
  app = fastify();
  await dashboard(app, { hours, now: () => NOW, title: '</title><b>"A&B"', receiver: 'http://127.0.0.1:1/' });
  app.get('/other', async () => 'not the page');
});

afterEach(async () => app.close());

describe('the page', () => {
  test('has its title and the hint as text, and no script or style of its own', async () => {
    const { body, headers } = await app.inject('/');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('<title>&#60;/title&#62;&#60;b&#62;&#34;A&#38;B&#34;</title>');
    expect(body).toContain('mts simulate --via webhook --to http://127.0.0.1:1/');
    expect(body).not.toMatch(/\{\{|<style|style=|\son\w+=|<script(?![^>]* src=)/);
  });

  test('everything it loads is here, for ever, and asked for again is not sent again', async () => {
    const { body } = await app.inject('/');
    const addresses = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses).toHaveLength(4);
    for (const address of addresses) {
      const { statusCode, headers } = await app.inject(`/${address}`);
      expect([address, statusCode, headers['cache-control']]).toEqual([
        address,
        200,
        'public, max-age=31536000, immutable',
      ]);
      const again = await app.inject({ url: `/${address}`, headers: { 'if-none-match': headers.etag! } });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    }
  });

  test('every import of every module is here, as JavaScript', async () => {
    const { body } = await app.inject('/');
    const seen = new Map<string, string>();
    const wanted = [/src="([^"]+)"/.exec(body)![1]!];
    for (const address of wanted) {
      const { statusCode, headers, body: source } = await app.inject(`/${address}`);
      expect([address, statusCode, headers['content-type']]).toEqual([address, 200, 'text/javascript; charset=utf-8']);
      seen.set(address, source);
      const folder = address.slice(0, address.lastIndexOf('/') + 1);
      const imports = [...source.matchAll(/^import [^;]*?from ["']\.\/([^"']+)["']/gm)].map(
        ([, name]) => folder + name,
      );
      wanted.push(...imports.filter((next) => !wanted.includes(next)));
    }
    expect([...seen.keys()].some((address) => address.endsWith('/uPlot.esm.js'))).toBe(true);
    expect([...seen.values()].join('\n')).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|\beval\(/);
  });

  test('nothing else lies in its folder', async () => {
    const { body } = await app.inject('/');
    const folder = /src="(.+)\/[^/]+"/.exec(body)![1];
    for (const name of ['nothing.js', 'tsconfig.json', '..%2Fpage.html', 'uPlot.esm.d.ts']) {
      expect((await app.inject(`/${folder}/${name}`)).statusCode).toBe(404);
    }
  });

  test('its headers guard its own routes and no others', async () => {
    for (const url of ['/', '/api/series', '/api/series?range=bad']) {
      const { headers } = await app.inject(url);
      expect(headers['content-security-policy']).toMatch(/^default-src 'self';.*frame-ancestors 'none'$/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await app.inject('/other')).headers).not.toHaveProperty('content-security-policy');
  });
});

describe('answers', () => {
  test('the bars of all boards', async () => {
    for (let board = 0; board < 12; board++) hours.set(`board-${board}`, hoursBack(NOW, board), board + 1);
    const { series, others, total, cursor } = (await app.inject('/api/series?range=7d')).json();
    expect(total).toHaveLength(168);
    expect(total.slice(-3)).toEqual([3, 2, 1]);
    expect(series.map(({ endpoint }: { endpoint: string }) => endpoint).slice(0, 2)).toEqual(['board-11', 'board-10']);
    expect([series.length, others.boards, cursor]).toEqual([10, 2, 12]);
  });

  test('the boards there are to choose', async () => {
    hours.set('door', hoursBack(NOW, 1), 3);
    hours.set('lab', hoursBack(NOW, 1), 4);
    expect((await app.inject('/api/endpoints?match=O')).json()).toEqual({
      endpoints: [{ endpoint: 'door', total: 3 }],
      more: 0,
    });
  });

  test.each(['/api/series?range=1y', '/api/series?endpoint=a&endpoint=b', '/api/live?cursr=1', '/api/endpoints?q=1'])(
    '%s is refused with what to do',
    async (url) => {
      const { statusCode, body } = await app.inject(url);
      expect([statusCode, JSON.parse(body).error]).toEqual([
        400,
        { code: 'USAGE', message: expect.any(String), fix: expect.any(String) },
      ]);
    },
  );

  test.each(['/api/series', '/api/endpoints', '/api/live'])('%s without the store is 503', async (url) => {
    hours.down = true;
    const { statusCode, body } = await app.inject(url);
    expect([statusCode, JSON.parse(body).error.code]).toEqual([503, 'STORE_DOWN']);
  });

  test('a bug of ours is told to nobody', async () => {
    const broken = fastify();
    const hourly = (): never => {
      throw new Error('secret path');
    };
    await dashboard(broken, { hours: { hourly }, now: () => NOW });
    const { statusCode, body } = await broken.inject('/api/series');
    expect([statusCode, body.includes('secret')]).toEqual([500, false]);
    await broken.close();
  });
});
