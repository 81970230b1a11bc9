import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { attributeOf, decodeLinks, encodeLinks, type Link } from '../../../../cloud/protocol/lwm2m/link-format.ts';

/** The registration of a K64F, to the byte (158 of them). */
const K64F =
  '</3200/0/5502>;rt="Timer";obs,</1000/0/1>;rt="BigData";obs,</3201/0/5850>;rt="Blink",' +
  '</3201/0/5853>;rt="Pattern",</3200/0/5501>;rt="Button";obs,</3/0>;ct="99"';

const link = (target: string, ...attributes: [string, string][]): Link => ({
  target,
  attributes: attributes.map(([name, value]) => ({ name, value })),
});

test('the registration of a K64F', () => {
  const links = decodeLinks(K64F);
  expect(links).toEqual([
    link('/3200/0/5502', ['rt', 'Timer'], ['obs', '']),
    link('/1000/0/1', ['rt', 'BigData'], ['obs', '']),
    link('/3201/0/5850', ['rt', 'Blink']),
    link('/3201/0/5853', ['rt', 'Pattern']),
    link('/3200/0/5501', ['rt', 'Button'], ['obs', '']),
    link('/3/0', ['ct', '99']),
  ]);
  expect(encodeLinks(links)).toBe(K64F);
  expect(attributeOf(links[4]!, 'rt')).toBe('Button');
  expect(attributeOf(links[5]!, 'obs')).toBeUndefined();
});

describe('the examples of RFC 6690 §5 and OMA', () => {
  test.each<[string, Link[]]>([
    ['</sensors>;ct=40;title="Sensor Index"', [link('/sensors', ['ct', '40'], ['title', 'Sensor Index'])]],
    [
      '</sensors/temp>;rt="temperature-c";if="sensor",</t>;anchor="/sensors/temp";rel="alternate"',
      [
        link('/sensors/temp', ['rt', 'temperature-c'], ['if', 'sensor']),
        link('/t', ['anchor', '/sensors/temp'], ['rel', 'alternate']),
      ],
    ],
    ['</>;rt="oma.lwm2m",</1/0>', [link('/', ['rt', 'oma.lwm2m']), link('/1/0')]],
    [
      '<http://www.example.com/sensors/t123>;sz=262144',
      [link('http://www.example.com/sensors/t123', ['sz', '262144'])],
    ],
    [String.raw`</a>;title="a \"b\", <c>; \\d"`, [link('/a', ['title', String.raw`a "b", <c>; \d`])]],
    ['', []],
  ])('%s', (text, links) => expect(decodeLinks(text)).toEqual(links));
});

test.each([
  ['no brackets', '/3/0'],
  ['a bracket that is not closed', '</3/0'],
  ['a comma with nothing behind it', '</3/0>,'],
  ['a comma with nothing before it', ',</3/0>'],
  ['a semicolon with nothing behind it', '</3/0>;'],
  ['a value that is missing', '</3/0>;rt='],
  ['a quote that is not closed', '</3/0>;rt="x'],
  ['text between links', '</3/0> </1/0>'],
  ['text behind the last', '</3/0>x'],
  ['1,001 links', Array.from({ length: 1_001 }, () => '</1>').join(',')],
  ['21 attributes', `</1>${';a'.repeat(21)}`],
])('%s is refused', (_what, text) => expect(() => decodeLinks(text)).toThrow(FormatError));

test('10,000 links are read where they are allowed, in a time that grows no faster than their number', () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `</${index}/0>;rt="x"`).join(',');
  expect(decodeLinks(text, { links: 10_000, attributes: 1 })).toHaveLength(10_000);
});

test('what is written is read again', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,7}$/);
  const attribute = fc.record({ name, value: fc.string({ unit: 'binary' }) });
  const target = fc.string().filter((text) => !/[<>]/.test(text));
  const links = fc.array(fc.record({ target, attributes: fc.array(attribute, { maxLength: 5 }) }), { maxLength: 10 });
  fc.assert(fc.property(links, (some) => expect(decodeLinks(encodeLinks(some))).toEqual(some)));
});

test('any text is links or a FormatError, and never hangs', () => {
  const pieces = fc.array(fc.constantFrom('<', '>', '/3/0', ';', ',', '=', '"', '\\', 'rt', 'obs', ' ', '\n', '</1>'), {
    maxLength: 60,
  });
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    pieces.map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (any) => {
      try {
        decodeLinks(any);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 10_000 },
  );
});
