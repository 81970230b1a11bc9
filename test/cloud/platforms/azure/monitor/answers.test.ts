/** Answers that the stand-in does not give: what each means for what was told, and what is said of it. */
import { afterEach, expect, test } from '@jest/globals';
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';
import { type Answer, type Answering, answering } from './answering.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 30);
const total = (endpoint: string, count: number) => ({ endpoint, hour: '2026-11-25 12:00:00', count });

let azure: Answering;
afterEach(() => azure.close());

async function start(answer: (body: string) => Answer): Promise<void> {
  azure = await answering(answer, { now: () => NOW });
}

test.each([
  [301, 'not heard'],
  [401, 'not heard'],
  [403, 'not heard'],
  [404, 'not heard'],
  [429, 'not heard'],
  [503, 'not heard'],
  [500, 'unknown'],
  [502, 'unknown'],
  [504, 'unknown'],
])('%d: failed, and %s', async (status, fate) => {
  let now = status;
  await start(() => ({ status: now, headers: { location: 'https://elsewhere.example' } }));
  expect(await azure.sink.put([total('a', 3)])).toEqual({ refused: [], failed: [total('a', 3)] });
  expect(azure.sink.trouble?.()).toContain(String(status));
  expect(azure.told.series.get('a')?.sum).toBe(fate === 'unknown' ? 3 : 0);
  now = 200;
  await azure.sink.put([total('a', 3)]);
  expect(azure.bodies).toHaveLength(fate === 'unknown' ? 1 : 2);
});

test.each([400, 413])(
  '%d for one of many: halved until that one stands alone, and the others told once',
  async (status) => {
    const told = new Map<string, number>();
    const error = { error: { code: 'Bad', message: 'a name that\n it does not like' } };
    await start((body) => {
      if (body.includes('"bad"')) return { status, body: JSON.stringify(error) };
      for (const { dimValues, sum } of JSON.parse(body).data.baseData.series) {
        told.set(dimValues[0], (told.get(dimValues[0]) ?? 0) + sum);
      }
      return { status: 200 };
    });
    const good = Array.from({ length: 9 }, (_, index) => total(`good-${index}`, index + 1));
    const { refused, failed } = await azure.sink.put([...good.slice(0, 4), total('bad', 7), ...good.slice(4)]);
    expect(failed).toEqual([]);
    const reason = `Azure Monitor answers ${status}: Bad: a name that it does not like`;
    expect(refused).toEqual([{ count: total('bad', 7), reason }]);
    expect([...told].sort()).toEqual(good.map(({ endpoint, count }) => [endpoint, count]));
    expect(azure.told.series.get('bad')?.sum).toBe(0);
    expect(azure.told.series.get('good-8')?.sum).toBe(9);
  },
);

test('a request has 1,000 series, and less than 4 MB with the longest names', async () => {
  await start(() => ({ status: 200 }));
  // Each of these takes six bytes in JSON.
  const totals = Array.from({ length: 2_001 }, (_, index) => total(String(index).padEnd(256, '\u001f'), 1));
  expect(await azure.sink.put(totals)).toEqual({ refused: [], failed: [] });
  const sizes = azure.bodies.map((body) => [JSON.parse(body).data.baseData.series.length, Buffer.byteLength(body)]);
  expect(sizes.map(([series]) => series).sort()).toEqual([1, 1_000, 1_000]);
  for (const [, bytes = 0] of sizes) expect(bytes).toBeLessThan(4_000_000);
});

test('what it says of an error is short, and only the message', async () => {
  const body = JSON.stringify({ code: 'BadRequest', message: 'x'.repeat(10_000), token: 'secret' });
  await start(() => ({ status: 401, body }));
  await azure.sink.put([total('a', 1)]);
  const trouble = azure.sink.trouble?.() ?? '';
  expect(trouble).toMatch(/^Azure Monitor answers 401: BadRequest: x+…$/);
  expect(trouble.length).toBeLessThan(400);
});

const read = async (): Promise<unknown[]> => {
  const counts = [];
  const query = { endpoints: ['a'], from: new Date(NOW - HOUR_MS), to: new Date(NOW) };
  for await (const count of azure.sink.readBack(query)) counts.push(count);
  return counts;
};

test.each([
  [49_999, undefined],
  [50_000, 'SERVER'],
])('an answer with %d boards, of which there may be more: %s', async (boards, code) => {
  const one = { metadatavalues: [{ name: { value: 'endpoint' }, value: 'b' }], data: [] };
  const value = [{ name: { value: 'button_presses' }, timeseries: Array.from({ length: boards }, () => one) }];
  const body = JSON.stringify({ value });
  await start(() => ({ status: 200, body }));
  const answer = await read().catch((error: unknown) => error);
  if (code === undefined) expect(answer).toEqual([]);
  else expect(answer).toMatchObject({ code, message: expect.stringContaining('50000 boards or more') });
});

test('an answer that is none', async () => {
  await start(() => ({ status: 200, body: '<html>' }));
  await expect(read()).rejects.toMatchObject({ code: 'SERVER', message: expect.stringContaining('no JSON') });
});
