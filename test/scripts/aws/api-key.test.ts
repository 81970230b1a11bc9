/** Fetching the API key: what of AWS's answer is taken, and that the key is never told. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { fetchApiKey } from '../../../scripts/aws/api-key.ts';

const account = {
  region: 'cn-north-1',
  credentials: async () => ({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }),
};
const KEY = 'ThisIsTheKeyThatNobodyMaySee0123456789ab';

function fetched(status: number, body: string, asked: string[] = []): Promise<string> {
  const answering: typeof fetch = async (url) => {
    asked.push(String(url));
    return new Response(status === 204 ? null : body, { status });
  };
  return fetchApiKey({ account, id: 'a/b', endpoint: undefined, fetch: answering });
}

test('the value of the key, asked for at the region of its account', async () => {
  const asked: string[] = [];
  expect(await fetched(200, JSON.stringify({ id: 'a', value: KEY }), asked)).toBe(KEY);
  expect(asked).toEqual(['https://apigateway.cn-north-1.amazonaws.com.cn/apikeys/a%2Fb?includeValue=true']);
});

test.each([
  [403, '{"message":"Missing Authentication Token"}', 'status 403): {"message":"Missing Authentication Token"}'],
  [404, '', 'status 404'],
  [200, `{"values":"${KEY}"}`, 'status 200'],
  [200, `"${KEY}"`, 'status 200'],
])('status %i %j', async (status, body, expected) => {
  const told = fetched(status, body);
  await expect(told).rejects.toThrow(OutsideError);
  await expect(told).rejects.toThrow(expected);
  await expect(told).rejects.not.toThrow(KEY);
});

test('whatever is answered: a key that fits in a header line, or our own error', async () => {
  const value = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }), fc.constant(KEY));
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    value.map((text) => JSON.stringify({ value: text })),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const outcome = await fetched(200, text).catch((error: unknown) => error);
      if (typeof outcome === 'string') expect(outcome).toMatch(/^[\x21-\x7e]{20,128}$/);
      else expect(outcome).toBeInstanceOf(OutsideError);
    }),
  );
});
