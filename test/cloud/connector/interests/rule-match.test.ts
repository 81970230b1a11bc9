import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Rule } from '../../../../cloud/connector/client/rules.ts';
import { type KnownBoard, matcherOf } from '../../../../cloud/connector/interests/rule-match.ts';
import { BUTTON, k64f } from './boards.ts';

const ALL = ['/3200/0/5502', '/1000/0/1', BUTTON];

const rows: readonly [string, Rule, readonly string[]][] = [
  ['no condition: every observable resource', {}, ALL],
  ['no path in the list: as without a list', { 'resource-path': [] }, ALL],
  ['its name', { 'endpoint-name': 'node-001' }, ALL],
  ['the beginning of its name', { 'endpoint-name': 'node*' }, ALL],
  ['every name', { 'endpoint-name': '*' }, ALL],
  ['the beginning, without a *', { 'endpoint-name': 'node' }, []],
  ['more than its name', { 'endpoint-name': 'node-0011*' }, []],
  ['its type', { 'endpoint-type': 'test' }, ALL],
  ['the beginning of its type: types are exact', { 'endpoint-type': 'te*' }, []],
  ['a path', { 'resource-path': [BUTTON] }, [BUTTON]],
  ['a path without its slash', { 'resource-path': ['3200/0/5501'] }, [BUTTON]],
  ['the beginning of paths', { 'resource-path': ['/3200/*'] }, ['/3200/0/5502', BUTTON]],
  ['every path', { 'resource-path': ['*'] }, ALL],
  ['a path that it does not list', { 'resource-path': ['/3200/0'] }, []],
  ['a path that it lists without obs', { 'resource-path': ['/3/0'] }, ['/3/0']],
  ['the beginning of one without obs', { 'resource-path': ['/320*'] }, ['/3200/0/5502', BUTTON]],
  ['a path, for another type', { 'endpoint-type': 'Light', 'resource-path': [BUTTON] }, []],
];
test.each(rows)('%s', (_, rule, paths) => {
  expect([...matcherOf([rule])(k64f('node-001'))]).toEqual(paths);
});

test('rules together mean what each of them means', () => {
  const text = fc.stringMatching(/^[ab]{0,2}\*?$/).filter((one) => one !== '');
  const rule = fc.record(
    {
      'endpoint-name': text,
      'endpoint-type': fc.constantFrom('', 'a', '*'),
      'resource-path': fc.array(text.map((one) => `/${one}`)),
    },
    { requiredKeys: [] },
  );
  const resource = fc.record({ path: fc.stringMatching(/^\/[ab]{0,3}$/), obs: fc.boolean() });
  const board = fc.record({
    endpoint: fc.stringMatching(/^[ab]{1,3}$/),
    type: fc.constantFrom('', 'a'),
    resources: fc.uniqueArray(resource, { selector: ({ path }) => path }),
  });
  fc.assert(
    fc.property(fc.array(rule), board, (rules, one) => {
      const paths = one.resources
        .filter((each) => rules.some((rule) => means(rule, one, each)))
        .map(({ path }) => path);
      expect([...matcherOf(rules)(one)].toSorted()).toEqual(paths.toSorted());
    }),
  );
});

/** The oracle: the documents' words, one condition after another. */
function means(rule: Rule, board: KnownBoard, { path, obs }: KnownBoard['resources'][number]): boolean {
  const fits = (pattern: string, text: string) =>
    pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
  if (!fits(rule['endpoint-name'] ?? '*', board.endpoint)) return false;
  if ((rule['endpoint-type'] ?? board.type) !== board.type) return false;
  const paths = rule['resource-path'] ?? [];
  if (paths.length === 0) return obs;
  return paths.some((pattern) => fits(pattern, path) && (obs || !pattern.endsWith('*')));
}
