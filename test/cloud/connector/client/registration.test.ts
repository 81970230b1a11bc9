/** What is registered: how its length is counted, what of it is shown, and when two are the same. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  charactersOf,
  readCallback,
  sameCallback,
  secretsOf,
  shownUrl,
} from '../../../../cloud/connector/client/registration.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

test('characters: the URL, and the names and values of headers', () => {
  expect(charactersOf({ url: 'https://h/', headers: {} })).toBe(10);
  expect(charactersOf({ url: 'https://h/', headers: { 'x-api-key': '12345', a: 'b' } })).toBe(10 + 9 + 5 + 2);
});

test.each([
  ['https://example.com/webhook', 'https://example.com/webhook'],
  ['https://user:pw@example.com:8443/a', 'https://***@example.com:8443/a'],
  ['https://h/a?code=secret&x=&code=2#frag', 'https://h/a?code=***&x=***'],
  ['https://h/?secret', 'https://h/?secret=***'],
  ['no URL: secret', '(no URL)'],
])('%s is shown as %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});

test('no secret of a URL is shown, whatever the URL', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9%+]{8,20}$/).map((text) => `SECRET${text}`);
  fc.assert(
    fc.property(secret, secret, secret, (password, query, value) => {
      const url = `https://me:${password}@example.com/p?code=${query}`;
      expect(shownUrl(url)).not.toContain('SECRET');
      expect(secretsOf({ url, headers: { a: value } })).toEqual(expect.arrayContaining([password, query, value]));
    }),
  );
});

describe('the same', () => {
  const one = { url: 'https://example.com/a', headers: { 'X-Key': 'v', b: 'c' } };
  test.each([
    ['itself', one, true],
    ['names in another case and order', { ...one, headers: { B: 'c', 'x-key': 'v' } }, true],
    ['a URL written differently', { ...one, url: 'HTTPS://EXAMPLE.com:443/a' }, true],
    ['another path', { ...one, url: 'https://example.com/A' }, false],
    ['another value', { ...one, headers: { ...one.headers, b: 'C' } }, false],
    ['one header less', { ...one, headers: { b: 'c' } }, false],
    ['one more', { ...one, headers: { ...one.headers, d: 'e' } }, false],
  ])('%s: %#', (_what, other, same) => {
    expect(sameCallback(one, other)).toBe(same);
    expect(sameCallback(other, one)).toBe(same);
  });
});

test('headers may be missing, or null; what is not known is passed over', () => {
  expect(readCallback('{"url":"https://h/"}')).toEqual({ url: 'https://h/', headers: {} });
  expect(readCallback('{"url":"https://h/","headers":null,"serialization":{}}')).toEqual({
    url: 'https://h/',
    headers: {},
  });
});

test('whatever the answer: a callback, or FormatError', () => {
  const nearly = fc.record(
    {
      url: fc.oneof(fc.webUrl(), fc.jsonValue()),
      headers: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    nearly.map((value) => JSON.stringify(value)),
  );
  let understood = 0;
  fc.assert(
    fc.property(text, (answer) => {
      try {
        const callback = readCallback(answer);
        understood += 1;
        expect(sameCallback(callback, readCallback(JSON.stringify(callback)))).toBe(true);
        shownUrl(callback.url);
        secretsOf(callback);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
    { numRuns: 5_000 },
  );
  expect(understood).toBeGreaterThan(100);
});
