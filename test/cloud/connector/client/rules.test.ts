/** Pre-subscription rules: read, compared, merged, and held against the limits of the service. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  beyondLimits,
  type Rule,
  readRules,
  sameRule,
  withoutRule,
  withRule,
} from '../../../../cloud/connector/client/rules.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

const button: Rule = { 'resource-path': ['/3200/0/5501'] };

test('the example of the documents is read as it is', () => {
  const text =
    '[{"endpoint-name":"node-001","resource-path":["/dev"]},{"endpoint-type":"Light","resource-path":["/sen/*"]},' +
    '{"endpoint-name":"node*"},{"endpoint-type":"Sensor"},{"resource-path":["/dev/temp","/dev/hum"]}]';
  expect(JSON.stringify(readRules(text))).toBe(text);
});

test('null is what is not there; a field of the future is kept', () => {
  expect(readRules('[{"endpoint-name":null,"resource-path":["/1"],"later":["x",1]}]')).toEqual([
    { 'resource-path': ['/1'], later: ['x', 1] },
  ]);
});

test.each(['', '{}', 'null', '[1]', '[[]]', '[null]', '[{"endpoint-name":1}]', '[{"endpoint-type":[]}]'])(
  '%s is no list of rules',
  (text) => {
    expect(() => readRules(text)).toThrow(FormatError);
  },
);

test.each(['"/1"', '[1]', '{}', '[["/1"]]'])('%s is no resource-path', (paths) => {
  expect(() => readRules(`[{},{"resource-path":${paths}}]`)).toThrow('rule 2 has a resource-path');
});

test('what is nested too deep to be written again is not read', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  expect(() => readRules(`[{"later":${deep}}]`)).toThrow(FormatError);
  expect(() => readRules(`[{"later":[${deep}]}]`)).toThrow(FormatError);
});

describe('the same rule', () => {
  test.each<[string, Rule, boolean]>([
    ['paths in another order, or twice', { 'resource-path': ['/2', '/1', '/2'] }, true],
    ['one path less', { 'resource-path': ['/1'] }, false],
    ['every path', {}, false],
    ['no path', { 'resource-path': [] }, false],
    ['of one board', { 'resource-path': ['/1', '/2'], 'endpoint-name': 'a' }, false],
    ['with a condition that is not known', { 'resource-path': ['/1', '/2'], ...{ later: 1 } }, false],
  ])('%s', (_what, other, same) => {
    expect(sameRule({ 'resource-path': ['/1', '/2'] }, other)).toBe(same);
  });
});

test('added once, taken out whole, and others stay as they were', () => {
  const others: Rule[] = [{ 'endpoint-name': 'a*' }, { 'resource-path': ['/3200/0/5501', '/1'] }];
  const added = withRule(others, button);
  expect(added).toEqual([...others, button]);
  expect(withRule(added, button)).toBe(added);
  expect(withoutRule(added, button)).toEqual(others);
  expect(withoutRule(others, button)).toBe(others);
  expect(withoutRule([button, ...others, button], button)).toEqual(others);
});

describe('limits', () => {
  const named = (length: number): Rule => ({ 'endpoint-name': 'n'.repeat(length) });
  const paths = (count: number): Rule => ({ 'resource-path': Array.from({ length: count }, (_, at) => `/${at}`) });
  test.each<[string, readonly Rule[], string | undefined]>([
    ['64 characters of a name', [named(64)], undefined],
    ['65', [named(65)], 'an endpoint name of 65 characters; 64'],
    ['65 of a type', [{ 'endpoint-type': 't'.repeat(65) }], 'an endpoint type of 65 characters; 64'],
    ['128 of a path', [{ 'resource-path': ['/'.repeat(128)] }], undefined],
    ['129', [button, { 'resource-path': ['/1', '/'.repeat(129)] }], 'a path of 129 characters; 128'],
    ['256 paths', [paths(256)], undefined],
    ['257', [paths(256), { 'resource-path': ['/other'] }], '257 different paths; 256'],
    ['the same paths again', [paths(256), paths(256)], undefined],
    ['1024 rules', Array.from({ length: 1024 }, () => button), undefined],
    ['1025', Array.from({ length: 1025 }, () => button), '1025 rules; 1024'],
  ])('%s', (_what, rules, beyond) => {
    expect(beyondLimits(rules) ?? 'within').toContain(beyond ?? 'within');
  });
});

test('whatever the answer: rules that can be written again, or FormatError', () => {
  const field = fc.oneof(fc.string(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }), fc.jsonValue());
  const rule = fc.record(
    { 'endpoint-name': field, 'endpoint-type': field, 'resource-path': field, later: field },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(rule, { maxLength: 3 }).map((rules) => JSON.stringify(rules)),
  );
  let understood = 0;
  fc.assert(
    fc.property(text, (answer) => {
      let rules: Rule[];
      try {
        rules = readRules(answer);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        return;
      }
      understood += 1;
      expect(readRules(JSON.stringify(rules))).toEqual(rules);
      expect(withRule(withRule(rules, button), button)).toEqual(withRule(rules, button));
      expect(withoutRule(withRule(rules, button), button).some((one) => sameRule(one, button))).toBe(false);
      beyondLimits(rules);
    }),
    { numRuns: 5_000 },
  );
  expect(understood).toBeGreaterThan(100);
});
