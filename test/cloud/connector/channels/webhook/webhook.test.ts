import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_SETTINGS, waitMs } from '../../../../../cloud/connector/channels/webhook/settings.ts';
import { readWebhook, type WebhookRequest } from '../../../../../cloud/connector/channels/webhook/webhook.ts';

const url = 'https://receiver.example/hook';
const read = (request: Partial<WebhookRequest>, settings = {}) =>
  readWebhook({ url, ...request }, { ...DEFAULT_SETTINGS, ...settings });

test('fills in what was not said', () => {
  expect(read({})).toEqual({ url, headers: {}, dialect: 'connector', mostItems: 10_000 });
  const said = { url: 'http://user:pass@h/?q', headers: { Authorization: 'x', 'Content-Type': 'a/b' }, mostItems: 100 };
  expect(read({ ...said, dialect: 'mdc' })).toEqual({ ...said, dialect: 'mdc' });
});

const refusals: readonly [string, Partial<WebhookRequest>, RegExp][] = [
  ['no URL', { url: 'hook' }, /URL is none/],
  ['an empty URL', { url: '' }, /URL is none/],
  ['another protocol', { url: 'file:///etc/passwd' }, /neither http: nor https:/],
  ['a header with a bad name', { headers: { 'a b': 'x' } }, /has a name that is none/],
  ['an empty name', { headers: { '': 'x' } }, /has a name that is none/],
  ['a header with a line break', { headers: { a: 'x\r\nb: y' } }, /value of the header a is none/],
  ['a header of the transport', { headers: { 'Transfer-Encoding': 'chunked' } }, /transfer-encoding cannot be set/],
  ['a length', { headers: { 'content-LENGTH': '0' } }, /content-length cannot be set/],
  ['a header twice', { headers: { a: 'x', A: 'y' } }, /header a is there twice/],
  ['no events', { mostItems: 0 }, /from 1 to 10000 events/],
  ['too many events', { mostItems: 10_001 }, /from 1 to 10000 events/],
  ['half an event', { mostItems: 1.5 }, /from 1 to 10000 events/],
];
test.each(refusals)('refuses %s', (_, request, reason) => expect(read(request)).toMatch(reason));

describe('the length of URL and headers', () => {
  test('counts the names, but not where Device Connector’s way is set, however events are spelt', () => {
    const mdc = { countsHeaderNames: false };
    const headers = { authorization: 'x'.repeat(400 - url.length - 13) };
    expect(read({ headers })).toMatchObject({ headers });
    expect(read({ headers: { authorizatio2: `${headers.authorization}y` } })).toMatch(/more than 400 characters/);
    const longer = { authorization: 'x'.repeat(400 - url.length) };
    expect(read({ headers: longer }, mdc)).toMatchObject({ headers: longer });
    expect(read({ headers: { a: `${longer.authorization}y` } }, mdc)).toMatch(/more than 400 characters/);
  });
});

test.each(['http://127.0.0.1/', 'http://[::1]:8080/', 'http://2130706433/', 'https://10.0.0.1/', 'http://0/'])(
  'refuses %s where only public addresses are allowed',
  (special) => {
    expect(read({ url: special }, { publicOnly: true })).toMatch(/not public/);
    expect(read({ url: special })).toMatchObject({ url: special });
  },
);

test('whatever is asked for is a webhook or a reason, and no reason tells a value', () => {
  const headers = fc.dictionary(
    fc.string({ maxLength: 8 }),
    fc.string({ maxLength: 8 }).map((text) => `secret${text}`),
  );
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string()), headers, (url, headers) => {
      const read = readWebhook({ url, headers }, DEFAULT_SETTINGS);
      if (typeof read === 'string') expect(read).not.toContain('secret');
      else expect(new URL(read.url).protocol).toMatch(/^https?:$/);
    }),
  );
});

test('waits 1, 2, 4 ... 120 s', () => {
  const waits = Array.from({ length: 10 }, (_, index) => waitMs(index + 1, DEFAULT_SETTINGS) / 1_000);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120]);
  expect(waitMs(5_000, DEFAULT_SETTINGS)).toBe(120_000);
});
