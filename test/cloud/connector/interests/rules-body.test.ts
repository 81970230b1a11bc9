import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRulesBody } from '../../../../cloud/connector/interests/rules-body.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

test('the example of the documents is read as it is', () => {
  const text =
    '[{"endpoint-name":"node-001","resource-path":["/dev"]},{"endpoint-type":"Light","resource-path":["/sen/*"]},' +
    '{"endpoint-name":"node*"},{"endpoint-type":"Sensor"},{"resource-path":["/dev/temp","/dev/hum"]}]';
  expect(JSON.stringify(readRulesBody(text))).toBe(text);
});

test('null is what is not there', () => {
  const text = '[{"endpoint-name":null,"endpoint-type":"","resource-path":[]}]';
  expect(readRulesBody(text)).toEqual([{ 'endpoint-type': '', 'resource-path': [] }]);
});

const many = (count: number, rule: (index: number) => object) =>
  JSON.stringify(Array.from({ length: count }, (_, index) => rule(index)));

test('the largest list that Pelion takes', () => {
  expect(readRulesBody(many(1_024, (n) => ({ 'resource-path': [`/${n % 256}`] })))).toHaveLength(1_024);
  const longest = {
    'endpoint-name': 'n'.repeat(64),
    'endpoint-type': 't'.repeat(64),
    'resource-path': ['p'.repeat(128)],
  };
  expect(readRulesBody(JSON.stringify([longest]))).toEqual([longest]);
});

const wrong: readonly [string, string, RegExp][] = [
  ['nothing', '', /no JSON/],
  ['an object', '{}', /no list of rules/],
  ['a list in a list', '[[]]', /rule 1 has no fields/],
  ['a name that is a number', '[{},{"endpoint-name":1}]', /endpoint-name of rule 2 is no text/],
  ['an empty name', '[{"endpoint-name":""}]', /endpoint-name of rule 1 is empty/],
  ['a type that is a list', '[{"endpoint-type":[]}]', /endpoint-type of rule 1 is no text/],
  ['paths that are one text', '[{"resource-path":"/1"}]', /resource-path of rule 1 is no list/],
  ['a path that is a list', '[{"resource-path":[["/1"]]}]', /resource-path of rule 1 is no text/],
  ['a * in the middle', '[{"resource-path":["/3200/*/5501"]}]', /not at its end/],
  ['a * before a *', '[{"endpoint-name":"a**"}]', /not at its end/],
  ['half a character', '[{"endpoint-name":"\\ud800"}]', /no Unicode text/],
  ['a condition of the future', '[{"device-group":"a"}]', /none of endpoint-name, endpoint-type and resource-path/],
  ['too many rules', many(1_025, () => ({})), /1025 rules; 1024 are the most/],
  ['too many paths', many(257, (n) => ({ 'resource-path': [`/${n}`] })), /257 different paths; 256/],
  ['a long name', many(1, () => ({ 'endpoint-name': 'n'.repeat(65) })), /65 characters; 64/],
  ['a long type', many(1, () => ({ 'endpoint-type': 't'.repeat(65) })), /65 characters; 64/],
  ['a long path', many(1, () => ({ 'resource-path': ['p'.repeat(129)] })), /129 characters; 128/],
];
test.each(wrong)('%s is refused', (_, text, why) => {
  expect(() => readRulesBody(text)).toThrow(why);
  expect(() => readRulesBody(text)).toThrow(FormatError);
});

test('whatever is sent: rules that can be sent back, or our own error', () => {
  const rule = fc.record(
    {
      'endpoint-name': fc.oneof(fc.string(), fc.anything()),
      'endpoint-type': fc.oneof(fc.string(), fc.anything()),
      'resource-path': fc.oneof(fc.array(fc.string()), fc.anything()),
    },
    { requiredKeys: [] },
  );
  const json = fc.oneof(fc.array(rule), fc.anything()).map((value) => JSON.stringify(value) ?? '');
  fc.assert(
    fc.property(fc.oneof(json, fc.string(), fc.constant(`${'['.repeat(1e5)}${']'.repeat(1e5)}`)), (text) => {
      try {
        const rules = readRulesBody(text);
        expect(readRulesBody(JSON.stringify(rules))).toEqual(rules);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
  );
});
