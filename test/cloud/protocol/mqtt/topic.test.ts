/** Topics and filters: what is one, and that a board's name never becomes more than one level. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkFilter, checkTemplate, topicFor, topicIn } from '../../../../cloud/protocol/mqtt/topic.ts';

const HERE = { aws: false };

test.each(['mbed/+/notifications', '#', '+', 'a/#', '/', 'a//b', '$share/g/mbed/+/notifications', 'ü/+'])(
  'the filter %s is one',
  (filter) => expect(() => checkFilter(filter, HERE)).not.toThrow(),
);

describe('no filters (MQTT 3.1.1, section 4.7)', () => {
  test.each([
    '',
    'a/#/b',
    'a#',
    'a+/b',
    '++',
    '#/',
    'a\u0000b',
    'a\nb',
    '\ud800',
    '$SYS/#',
    '$share/g/',
    '$share//a',
    '$share/+/a',
    '$share/g/$SYS/#',
    'x'.repeat(65_536),
  ])('%j', (filter) => expect(() => checkFilter(filter, HERE)).toThrow(/^--topic /));
});

test('AWS IoT Core has limits of its own', () => {
  const aws = { aws: true };
  expect(() => checkFilter('1/2/3/4/5/6/7/8', aws)).not.toThrow();
  expect(() => checkFilter('1/2/3/4/5/6/7/8/9', aws)).toThrow('7 slashes');
  expect(() => checkFilter(`${'x'.repeat(257)}`, aws)).toThrow('256 bytes');
});

test.each(['', 'a/+', '#', '$SYS/{endpoint}', 'a\u0000'])('the template %j is none', (template) => {
  expect(() => checkTemplate(template, HERE)).toThrow(/^the topic /);
});

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 });

test('a name is one level, whatever it is, within the limit; short names that differ have topics that do', () => {
  fc.assert(
    fc.property(name, name, fc.integer({ min: 30, max: 400 }), (one, other, most) => {
      const topic = topicFor('mbed/{endpoint}/notifications', one, most);
      expect(topic).toMatch(/^mbed\/[^/+#\0]*\/notifications$/u);
      expect(topic.isWellFormed()).toBe(true);
      expect(new TextEncoder().encode(topic).length).toBeLessThanOrEqual(most);
      // An escape is not cut in two.
      expect(() => decodeURIComponent(topic)).not.toThrow();
      const [whole, another] = [topicFor('{endpoint}', one), topicFor('{endpoint}', other)];
      expect(whole === another).toBe(one.toWellFormed() === other.toWellFormed());
      expect(decodeURIComponent(whole)).toBe(one.toWellFormed());
    }),
  );
});

test('a topic that a filter matches', () => {
  expect(topicIn('mbed/+/notifications', 'x')).toBe('mbed/x/notifications');
  expect(topicIn('$share/g/a/#', 'x')).toBe('a/x');
});
