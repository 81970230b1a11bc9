/** Reading, changing and deleting the rules of a key, as both eras of the service do it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withoutRule, withRule } from '../../../../cloud/connector/client/rules.ts';
import { changeRules, deleteAllRules, getRules } from '../../../../cloud/connector/client/subscriptions.ts';
import { KEY, opened } from './opened.ts';
import { type Era, V2Api } from './v2-api.ts';

const button = { 'resource-path': ['/3200/0/5501'] };
const other = { 'endpoint-type': 'Light', 'resource-path': ['/sen/*'] };

describe.each<Era>(['mdc', 'pelion'])('%s', (era) => {
  let api: V2Api;
  beforeEach(async () => {
    api = await new V2Api(KEY, era).listen();
  });
  afterEach(() => api.close());

  test('a rule is put beside those of others, and the second time nothing is written', async () => {
    api.rules = [other];
    const { service } = opened(api.origin);
    const add = () => changeRules(service, (rules) => withRule(rules, button));
    expect(await add()).toEqual({ changed: true, rules: [other, button] });
    expect(await add()).toEqual({ changed: false, rules: [other, button] });
    expect(api.calls).toEqual(['GET /v2/subscriptions', 'PUT /v2/subscriptions', 'GET /v2/subscriptions']);
    expect(api.rules).toEqual([other, button]);
  });

  test('an equal rule is not written, so that single subscriptions stay', async () => {
    api.rules = [button];
    await changeRules(opened(api.origin).service, (rules) => withRule(rules, button));
    expect(api.single).toBe(3);
  });

  test('taken out, others stay', async () => {
    api.rules = [button, other];
    const { rules } = await changeRules(opened(api.origin).service, (before) => withoutRule(before, button));
    expect(rules).toEqual([other]);
    expect(api.rules).toEqual([other]);
  });

  test('deleting them all leaves none', async () => {
    api.rules = [button, other];
    await deleteAllRules(opened(api.origin).service);
    expect(api.rules).toEqual([]);
  });

  test('404 is none: of none there is nothing to delete', async () => {
    const { service } = opened(api.origin);
    api.scripted.push({ status: 404 });
    expect(await getRules(service)).toEqual([]);
    api.scripted.push({ status: 404 }, { status: 404 });
    await deleteAllRules(service);
    expect(api.calls).toHaveLength(3);
  });

  test('an answer that is not understood changes nothing', async () => {
    api.scripted.push({ status: 200, body: '[{"endpoint-name":7}]' });
    const changed = changeRules(opened(api.origin).service, (rules) => withRule(rules, button));
    await expect(changed).rejects.toThrow('answered 200 when asking for the subscriptions, but rule 1 has');
    expect(api.calls).toHaveLength(1);
  });

  test('200 to a change is as good as 204', async () => {
    api.scripted.push({ status: 200, body: '[]' }, { status: 200 });
    const { changed } = await changeRules(opened(api.origin).service, (rules) => withRule(rules, button));
    expect(changed).toBe(true);
  });
});
