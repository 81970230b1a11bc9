/** Subscriptions over the API: single ones, rules for boards, and what each service's DELETE leaves. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Served, serve } from './served.ts';
import { reasonOf, User } from './user.ts';

const [BUTTON, TIMER, BIG] = ['/3200/0/5501', '/3200/0/5502', '/1000/0/1'];
const BOARD = '/v2/subscriptions/board-0';
const RULES = [{ 'endpoint-type': 'test', 'resource-path': [BUTTON] }];

describe.each(['mdc', 'pelion'] as const)('%s', (dialect) => {
  const lineOf = (path: string) => (dialect === 'mdc' ? `/subscriptions/board-0${path}` : path);
  let served: Served;
  beforeAll(async () => {
    served = await serve(dialect);
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    expect(served.problems).toEqual([]);
  });

  it.each([
    ['without a channel', false, `${BOARD}${BUTTON}`, 412, 'No notification channel found.'],
    [
      'a board that is not there',
      true,
      `/v2/subscriptions/nobody${BUTTON}`,
      404,
      'there is no such board, or resource',
    ],
    ['a resource that it does not have', true, `${BOARD}/3200/0/9`, 404, 'there is no such board, or resource'],
    ['one that it does not tell of', true, `${BOARD}/3201/0/5853`, 412, 'the resource is not observable'],
  ])('PUT, %s', async (_what, polls, path, status, reason) => {
    const user = new User(served);
    if (polls) await user.poll();
    const answer = await user.ask(`PUT ${path}`);
    expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
  });

  it.each([
    [`GET ${BOARD}${BUTTON}`, 404],
    [`GET ${BOARD}`, 404],
    ['GET /v2/subscriptions/nobody', 404],
    [`DELETE ${BOARD}${BUTTON}`, dialect === 'mdc' ? 404 : 204],
    [`DELETE ${BOARD}`, dialect === 'mdc' ? 404 : 204],
  ])('%s with nothing subscribed: %d', async (line, status) => {
    expect((await new User(served).ask(line)).status).toBe(status);
  });

  it('one comes with its value, and is listed until it is deleted', async () => {
    const user = await new User(served).poll();
    expect(await user.answered(`PUT ${BOARD}${BUTTON}`)).toMatchObject({ status: 200 });
    expect(await user.ask(`PUT ${BOARD}${BUTTON}/`)).toMatchObject({ status: 200, text: '' });
    await user.answered(`PUT ${BOARD}${TIMER}`);
    expect(await user.ask(`GET ${BOARD}${BUTTON}`)).toMatchObject({
      ...{ status: 200, type: 'text/uri-list', text: lineOf(BUTTON!) },
    });
    expect(await user.ask(`GET ${BOARD}`)).toMatchObject({
      ...{ status: 200, type: 'text/uri-list', text: `${lineOf(BUTTON!)}\n${lineOf(TIMER!)}\n` },
    });
    expect(await user.ask(`DELETE ${BOARD}${BUTTON}`)).toMatchObject({ status: 204, text: '' });
    expect((await user.ask(`GET ${BOARD}${BUTTON}`)).status).toBe(404);
    expect((await user.ask(`GET ${BOARD}`)).text).toBe(`${lineOf(TIMER!)}\n`);
    expect((await user.ask(`DELETE ${BOARD}/`)).status).toBe(204);
    expect((await user.ask(`GET ${BOARD}`)).status).toBe(404);
  });

  it('is one key’s own', async () => {
    const [user, other] = [await new User(served).poll(), await new User(served).poll()];
    await user.answered(`PUT ${BOARD}${BUTTON}`);
    expect((await other.ask(`GET ${BOARD}${BUTTON}`)).status).toBe(404);
    await other.ask(`DELETE ${BOARD}`);
    expect((await user.ask(`GET ${BOARD}${BUTTON}`)).status).toBe(200);
  });

  it('a press goes to whoever subscribed', async () => {
    const user = await new User(served).poll();
    const value = Number((await user.answered(`PUT ${BOARD}${BUTTON}`)).payload);
    served.fleet.edge(0);
    const next = btoa(String(value + 1));
    const told = await user.pull(({ notifications }) => notifications?.find(({ payload }) => payload === next));
    expect(told).toMatchObject({ ep: 'board-0', path: BUTTON });
  });

  describe('rules', () => {
    it('are none at first', async () => {
      expect(await new User(served).ask('GET /v2/subscriptions')).toMatchObject({ status: 200, text: '[]' });
    });

    it('hold for boards that are registered already, of which nobody else is told', async () => {
      const user = await new User(served).poll();
      const rules = [{ 'endpoint-name': 'board*', 'resource-path': [BIG] }];
      expect(await user.ask('PUT /subscriptions', JSON.stringify(rules))).toMatchObject({ status: 204, text: '' });
      expect(JSON.parse((await user.ask('GET /v2/subscriptions')).text)).toEqual(rules);
      await user.pull(({ notifications }) => notifications?.find(({ path }) => path === BIG));
      expect((await user.ask(`GET ${BOARD}${BIG}`)).status).toBe(200);
      expect((await user.ask(`PUT ${BOARD}${BIG}`)).status).toBe(200);
    });

    it('[] clears them', async () => {
      const user = await new User(served).poll();
      await user.ask('PUT /v2/subscriptions', JSON.stringify(RULES));
      await user.ask('PUT /v2/subscriptions', '[]');
      expect((await user.ask('GET /v2/subscriptions')).text).toBe('[]');
      expect((await user.ask(`GET ${BOARD}${BUTTON}`)).status).toBe(404);
    });

    it.each([
      ['', 'the body is no JSON'],
      ['{}', 'the body is no list of rules'],
      ['[1]', 'rule 1 has no fields'],
      ['[{},{"endpoint-name":1}]', 'the endpoint-name of rule 2 is no text'],
      ['[{"endpoint-name":"a*b"}]', 'the endpoint-name of rule 1 has a * that is not at its end'],
      ['[{"resource-path":"/3200"}]', 'the resource-path of rule 1 is no list'],
      ['[{"resource":[]}]', 'rule 1 has a field that is none of endpoint-name, endpoint-type and resource-path'],
    ])('%s: 400, and nothing changes', async (body, reason) => {
      const user = await new User(served).poll();
      await user.ask('PUT /v2/subscriptions', JSON.stringify(RULES));
      const answer = await user.ask('PUT /v2/subscriptions', body);
      expect([answer.status, reasonOf(answer)]).toEqual([400, reason]);
      expect(JSON.parse((await user.ask('GET /v2/subscriptions')).text)).toEqual(RULES);
    });

    it('replaced, they take single subscriptions with them: Device Connector’s alone', async () => {
      const user = await new User(served).poll();
      await user.answered(`PUT ${BOARD}${TIMER}`);
      await user.ask('PUT /v2/subscriptions', JSON.stringify(RULES));
      expect((await user.ask(`GET ${BOARD}${TIMER}`)).status).toBe(dialect === 'mdc' ? 404 : 200);
    });

    it.each(['/v2/subscriptions', '/v2/subscriptions/', '/subscriptions'])('DELETE %s', async (path) => {
      const user = await new User(served).poll();
      await user.ask('PUT /v2/subscriptions', JSON.stringify(RULES));
      await user.answered(`PUT ${BOARD}${TIMER}`);
      expect(await user.ask(`DELETE ${path}`)).toMatchObject({ status: 204, text: '' });
      // Device Connector drops what is subscribed singly, Pelion the rules.
      const [single, byRule] = dialect === 'mdc' ? [404, 200] : [200, 404];
      expect((await user.ask(`GET ${BOARD}${TIMER}`)).status).toBe(single);
      expect((await user.ask(`GET ${BOARD}${BUTTON}`)).status).toBe(byRule);
      expect(JSON.parse((await user.ask('GET /v2/subscriptions')).text)).toEqual(dialect === 'mdc' ? RULES : []);
    });
  });
});
