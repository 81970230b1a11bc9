/** Asking graphite-web: what is asked, what is an answer, and what is said of all else. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Asker, patternOf } from '../../../../cloud/platforms/graphite/ask.ts';
import { type Question, Render, RenderError } from '../../../../cloud/platforms/graphite/render.ts';
import type { Series } from '../../../../cloud/platforms/graphite/series.ts';

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: {
  method?: string | undefined;
  path?: string | undefined;
  login: string | undefined;
  fields: URLSearchParams;
}[];

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { method, url: path, headers } = request;
    asked.push({ method, path, login: headers.authorization, fields: new URLSearchParams(body) });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = (_request, response) => response.end('[]');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const QUESTION = { targets: ['mbed.a', 'mbed.b'], from: 3_599, until: 7_200 };
const patience = (): AbortSignal => AbortSignal.timeout(60_000);
const ask = (question: Question = QUESTION): Promise<Series[]> =>
  new Render({ url: new URL(url) }).ask(question, patience());

test('what is asked', async () => {
  await ask();
  await new Render({ url: new URL(`${url}/graphite`), login: { user: 'ä', password: 'b:c' } }).ask(
    { ...QUESTION, onlyValues: true },
    patience(),
  );
  const fields = [
    ['format', 'json'],
    ['noCache', '1'],
    ['from', '3599'],
    ['until', '7200'],
  ];
  const targets = [
    ['target', 'mbed.a'],
    ['target', 'mbed.b'],
  ];
  expect(asked.map(({ fields, ...rest }) => ({ ...rest, fields: [...fields] }))).toEqual([
    { method: 'POST', path: '/render', login: undefined, fields: [...fields, ...targets] },
    {
      method: 'POST',
      path: '/graphite/render',
      login: `Basic ${Buffer.from('ä:b:c').toString('base64')}`,
      fields: [...fields, ['noNullPoints', '1'], ...targets],
    },
  ]);
});

test.each([
  [301, 'lasting'],
  [302, 'lasting'],
  [400, 'down'],
  [401, 'lasting'],
  [403, 'lasting'],
  [404, 'lasting'],
  [408, 'down'],
  [429, 'down'],
  [500, 'down'],
  [503, 'down'],
])('status %d is %s trouble', async (status, trouble) => {
  answer = (_request, response) => response.writeHead(status, { location: `${url}/elsewhere` }).end('[]');
  const error = await ask().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RenderError);
  expect(error).toMatchObject({ code: 'SERVER', trouble, message: expect.stringContaining(String(status)) });
  // Nobody is sent elsewhere with a login.
  expect(asked).toHaveLength(1);
});

test.each([
  ['a page', '<html>'],
  ['another JSON', '{"target": "mbed.a"}'],
])('%s is no answer of a render API, and will not become one', async (_what, text) => {
  answer = (_request, response) => response.end(text);
  await expect(ask()).rejects.toMatchObject({ trouble: 'lasting', message: expect.stringContaining('render API') });
});

test('an answer without end is not read to its end', async () => {
  answer = (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(1_000_000)));
    };
    response.on('drain', more);
    more();
  };
  await expect(ask()).rejects.toMatchObject({ trouble: 'large' });
});

test.each([
  ['cut off', (response: ServerResponse) => void response.write('[', () => response.destroy())],
  ['never there', (response: ServerResponse) => void response.destroy()],
])('an answer that is %s is of a server that is down', async (_what, cut) => {
  answer = (_request, response) => cut(response);
  await expect(ask()).rejects.toMatchObject({ trouble: 'down' });
});

test('no answer in time', async () => {
  answer = () => undefined;
  const asking = new Render({ url: new URL(url) }).ask(QUESTION, AbortSignal.timeout(100));
  await expect(asking).rejects.toMatchObject({ trouble: 'down', message: expect.stringContaining('in time') });
});

describe('in which way it is asked', () => {
  const metrics = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `mbed.presses.board-${index}`);
  const TIME = { from: 3_599, until: 7_200 };
  const found = (count: number): Series[] =>
    metrics(count).map((target) => ({ target, values: new Map(), step: 3_600 }));

  test.each([
    [['mbed.presses.board-1', 'mbed.presses.board-22'], 'mbed.presses.board-*'],
    [['mbed.presses.a', 'mbed.presses.b'], 'mbed.presses.*'],
    [['mbed.presses.a', 'mbed.presses.ab'], 'mbed.presses.a*'],
    [['mbed.presses.~C3~A9', 'mbed.presses.~C3~A8'], 'mbed.presses.~C3~A*'],
  ])('what %j have alike is %s', (all, pattern) => expect(patternOf(all)).toBe(pattern));

  async function targetsAsked(
    count: number,
    answers: (question: Question) => Promise<Series[]>,
    times = 1,
  ): Promise<number[]> {
    const seen: number[] = [];
    const asker = new Asker({
      ask: (question) => {
        seen.push(question.targets.length);
        return answers(question);
      },
    });
    for (let time = 0; time < times; time++) await asker.ask(metrics(count), TIME, patience());
    return seen;
  }

  test('few by name, many by one pattern', async () => {
    expect(await targetsAsked(299, async () => [])).toEqual([299]);
    expect(await targetsAsked(1_200, async () => found(1_200))).toEqual([1]);
  });

  test('by name from then on where a pattern finds too much, as few a request as Django takes', async () => {
    const answers = async ({ targets }: Question): Promise<Series[]> => (targets.length === 1 ? found(6_001) : []);
    expect(await targetsAsked(1_200, answers, 2)).toEqual([1, 500, 500, 200]);
    const large = async ({ targets }: Question): Promise<Series[]> => {
      if (targets.length === 1) throw new RenderError(new URL(url), 'large', 'much');
      return [];
    };
    expect(await targetsAsked(1_200, large, 2)).toEqual([1, 500, 500, 200, 500, 500, 200]);
  });

  test('a server that is down for a moment is no reason', async () => {
    let down = true;
    const asker = new Asker({
      ask: async ({ targets }) => {
        if (down) throw new RenderError(new URL(url), 'down', 'for a moment');
        return found(targets.length);
      },
    });
    await expect(asker.ask(metrics(1_000), TIME, patience())).rejects.toBeInstanceOf(RenderError);
    down = false;
    expect(await asker.ask(metrics(1_000), TIME, patience())).toHaveLength(1);
  });
});
