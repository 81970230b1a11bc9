/** Answers of servers that are not on this machine: 2.x and 3 Core, busy ones, full ones, and rubbish. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HourlyCount } from '../../../../cloud/ingest/store.ts';
import { countsIn } from '../../../../cloud/platforms/influxdb/rows.ts';
import { influxSink } from '../../../../cloud/platforms/influxdb/sink.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { serverAt } from './influx-here.ts';

const HOUR = '2026-03-01 12:00:00';
const total = (endpoint: string, count = 3): HourlyCount => ({ endpoint, hour: HOUR, count });

interface Said {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

interface Asked {
  readonly method: string | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly lines: string[];
  readonly headers: IncomingMessage['headers'];
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server that answers by `answer`; what it was asked is kept. */
async function standIn(answer: (request: Asked) => Said | undefined) {
  const asked: Asked[] = [];
  const slept: number[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const url = new URL(request.url ?? '', 'http://x');
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    const { method, headers } = request;
    const one = { method, path: url.pathname, query: url.searchParams, lines: text.split('\n'), headers };
    asked.push(one);
    const said = answer(one);
    if (said === undefined) response.destroy();
    else response.writeHead(said.status, said.headers).end(said.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => void server.close().closeAllConnections());
  const sink = influxSink({
    server: serverAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      ...{ database: 'mbed', authorization: 'Token secret', retentionPolicy: 'autogen' },
    }),
    now: Date.now,
    sleep: async (ms) => void slept.push(ms),
  });
  return { asked, sink, slept };
}

test('what is sent: the compatible endpoint, seconds, the token, gzip, an hour a line', async () => {
  const { asked, sink } = await standIn(() => ({ status: 204 }));
  expect(await sink.put([total('a b,c=d', 7)])).toEqual({ refused: [], failed: [] });
  expect(asked).toHaveLength(1);
  const { path, query, headers, lines } = asked[0]!;
  expect(path).toBe('/write');
  expect(Object.fromEntries(query)).toEqual({ db: 'mbed', rp: 'autogen', precision: 's' });
  expect(headers).toMatchObject({ authorization: 'Token secret', 'content-encoding': 'gzip' });
  expect(lines).toEqual([String.raw`button_presses,endpoint=a\ b\,c\=d count=7i 1772366400`]);
});

test('5,000 lines a request', async () => {
  const { asked, sink } = await standIn(() => ({ status: 204 }));
  await sink.put(Array.from({ length: 12_000 }, (_, index) => total(`board-${index}`)));
  expect(asked.map(({ lines }) => lines.length)).toEqual([5_000, 5_000, 2_000]);
});

test('a busy server is asked again when it says so, and then given up until later', async () => {
  const answers: Said[] = [{ status: 429, headers: { 'retry-after': '2' } }, { status: 503 }, { status: 204 }];
  const { sink, slept } = await standIn(() => answers.shift());
  expect(await sink.put([total('a')])).toEqual({ refused: [], failed: [] });
  expect(slept).toEqual([2_000, 200]);
});

test.each([
  [
    'a full disk',
    { status: 500, body: '{"error":"engine: write /data/_series: no space left on device"}' },
    /no space left/,
  ],
  [
    'quota of 2.x',
    { status: 429, body: '{"code":"too many requests","message":"org is over its limits"}' },
    /over its limits/,
  ],
  ['a proxy before it', { status: 502, body: '<html>bad gateway</html>' }, /502/],
  ['a page of a login before it', { status: 200, body: '<html>who are you?</html>' }, /200 .*no InfluxDB/],
  ['no answer', undefined, /./],
])('%s: all of it waits, and the reason is told', async (_what, said, why) => {
  const { asked, sink } = await standIn(() => said);
  const totals = Array.from({ length: 6_000 }, (_, index) => total(`board-${index}`));
  expect(await sink.put(totals)).toEqual({ refused: [], failed: totals });
  expect(sink.trouble?.()).toMatch(why);
  // The second batch is not tried where the first one failed.
  expect(asked).toHaveLength(3);
});

test('too much for the server: in halves', async () => {
  const { asked, sink } = await standIn(({ lines }) => ({ status: lines.length > 300 ? 413 : 204 }));
  expect(await sink.put(Array.from({ length: 1_000 }, (_, index) => total(`board-${index}`)))).toEqual({
    refused: [],
    failed: [],
  });
  expect(asked.filter(({ lines }) => lines.length <= 300).reduce((sum, { lines }) => sum + lines.length, 0)).toBe(
    1_000,
  );
});

test('3 Core says of partial writes which line was wrong: it alone is refused', async () => {
  const { sink } = await standIn(({ lines }) =>
    lines.some((line) => line.includes('bad'))
      ? {
          status: 400,
          body: '{"error":"partial write of line protocol occurred","data":[{"error_message":"x","line_number":2}]}',
        }
      : { status: 204 },
  );
  const { refused, failed } = await sink.put([total('a'), total('bad'), total('c')]);
  expect(failed).toEqual([]);
  expect(refused).toEqual([{ count: total('bad'), reason: expect.stringMatching(/partial write/) }]);
});

describe('a bucket of 2.x that is not there', () => {
  const NO_MAPPING = { status: 404, body: '{"code":"not found","message":"no dbrp mapping found"}' };

  /** A 2.x as far as this goes: its API answers as its documentation and source have it. */
  function twoX({ organizations = ['0a'], buckets = new Map<string, string>(), mayMake = true } = {}) {
    const mapped = new Map<string, string>();
    return {
      ...{ buckets, mapped },
      answer: ({ method, path, query, lines }: Asked): Said => {
        const body = lines[0]?.startsWith('{') ? JSON.parse(lines[0]) : {};
        if (path === '/write')
          return mapped.has(`${query.get('db')} ${query.get('rp')}`) ? { status: 204 } : NO_MAPPING;
        if (path === '/api/v2/orgs')
          return { status: 200, body: JSON.stringify({ orgs: organizations.map((id) => ({ id, name: id })) }) };
        if (path === '/api/v2/buckets' && method === 'GET') {
          const id = buckets.get(query.get('name') ?? '');
          return { status: 200, body: JSON.stringify({ buckets: id === undefined ? [] : [{ id }] }) };
        }
        if (!mayMake)
          return { status: 401, body: '{"code":"unauthorized","message":"write:orgs/0a/buckets is unauthorized"}' };
        if (path === '/api/v2/buckets') {
          buckets.set(body.name, '0b');
          return { status: 201, body: JSON.stringify({ id: '0b', ...body }) };
        }
        mapped.set(`${body.database} ${body.retention_policy}`, body.bucketID);
        return { status: 201, body: JSON.stringify({ id: '0c', ...body }) };
      },
    };
  }

  test('is made and mapped, once, and the totals are written', async () => {
    const { buckets, mapped, answer } = twoX();
    const { asked, sink } = await standIn(answer);
    expect(await sink.put([total('a')])).toEqual({ refused: [], failed: [] });
    expect([...buckets]).toEqual([['mbed/autogen', '0b']]);
    expect([...mapped]).toEqual([['mbed autogen', '0b']]);
    const [, organizations, , bucket, mapping, again] = asked;
    expect(organizations!.headers.authorization).toBe('Token secret');
    expect(JSON.parse(bucket!.lines[0]!)).toEqual({ orgID: '0a', name: 'mbed/autogen', retentionRules: [] });
    expect(JSON.parse(mapping!.lines[0]!)).toMatchObject({ orgID: '0a', bucketID: '0b', default: true });
    expect(again!.path).toBe('/write');
    await sink.put([total('b')]);
    expect(asked).toHaveLength(7);
  });

  test('but exists without a mapping, is mapped', async () => {
    const { mapped, answer } = twoX({ buckets: new Map([['mbed/autogen', '07']]) });
    const { sink } = await standIn(answer);
    expect(await sink.put([total('a')])).toEqual({ refused: [], failed: [] });
    expect([...mapped.values()]).toEqual(['07']);
  });

  test.each([
    ['the token may not', { mayMake: false }, /no dbrp mapping found; it cannot be made: 401 write:orgs/],
    ['it is not said in which organization', { organizations: ['0a', '0d'] }, /sees several organizations/],
    ['no organization is seen', { organizations: [] }, /may not see its organization/],
  ])('is not made when %s: it waits, and says what is missing', async (_what, options, why) => {
    const { sink } = await standIn(twoX(options).answer);
    expect((await sink.put([total('a')])).failed).toHaveLength(1);
    expect(sink.trouble?.()).toMatch(why);
  });

  test.each([
    ['rubbish', 'nonsense'],
    ['null', 'null'],
    ['organizations that are none', '{"orgs":[null,{"id":7},"a"]}'],
  ])('is not made when the API answers %s', async (_what, body) => {
    const { sink } = await standIn(({ path }) => (path === '/write' ? NO_MAPPING : { status: 200, body }));
    expect((await sink.put([total('a')])).failed).toHaveLength(1);
    expect(sink.trouble?.()).toMatch(/it cannot be made/);
  });
});

test.each([
  ['rubbish', 'nonsense'],
  ['an error in a result', '{"results":[{"error":"query timeout"}]}'],
  ['a series without an endpoint', '{"results":[{"series":[{"tags":{},"columns":["time","count"],"values":[]}]}]}'],
])('reading back %s is an error, not a count', async (_what, body) => {
  const { sink } = await standIn(() => ({ status: 200, body }));
  const reading = async () => {
    for await (const _count of sink.readBack({ endpoints: ['a'], from: new Date(0), to: new Date(1) }));
  };
  await expect(reading()).rejects.toMatchObject({ code: 'SERVER' });
});

test('a redirect is not followed: the token is for the server that was named', async () => {
  const { asked, sink } = await standIn(() => ({ status: 307, headers: { location: 'http://127.0.0.1:1/write' } }));
  expect((await sink.put([total('a')])).failed).toHaveLength(1);
  expect(sink.trouble?.()).toMatch(/307/);
  expect(asked).toHaveLength(3);
});

describe('a line of an answer', () => {
  const series = (values: unknown) =>
    JSON.stringify({ results: [{ series: [{ tags: { endpoint: 'a' }, columns: ['time', 'count'], values }] }] });

  test('has counts at the beginnings of hours; no value is no count', () => {
    expect(
      countsIn(
        series([
          [1772366400, 3],
          [1772370000, null],
          [1772370001, 9],
        ]),
      ),
    ).toEqual([total('a')]);
  });

  test.each([
    ['a count with a fraction', series([[0, 1.5]])],
    ['a negative count', series([[0, -1]])],
    ['a time that is a text', series([['1970', 1]])],
    ['a time beyond all years', series([[9e15 - (9e15 % 3600), 1]])],
    ['a row that is no list', series([{}])],
    ['no results', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
  ])('%s is refused', (_what, line) => {
    expect(() => countsIn(line)).toThrow(FormatError);
  });

  test('whatever comes, it is counts or our own error', () => {
    const keys = fc.constantFrom(
      'results',
      'series',
      'tags',
      'endpoint',
      'columns',
      'values',
      'time',
      'count',
      'error',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        fc.jsonValue(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          tree.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (line) => {
          try {
            for (const { endpoint, count } of countsIn(line)) {
              expect(typeof endpoint).toBe('string');
              expect(Number.isSafeInteger(count)).toBe(true);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
