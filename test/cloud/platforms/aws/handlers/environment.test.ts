/** What a function's environment may hold, and what whoever deployed it wrongly is told. */
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { hasHeader } from '../../../../../cloud/ingest/demanded-header.ts';
import {
  countingSettings,
  type Environment,
  streamSettings,
  webhookSettings,
} from '../../../../../cloud/platforms/aws/handlers/environment.ts';

const FULL: Environment = {
  TABLE: 'presses',
  ASIDE_BUCKET: 'shelf',
  FAILURE_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/failures',
};

test('the least that is needed', () => {
  const aside = { bucket: 'shelf', queueUrl: FULL.FAILURE_QUEUE_URL, maxAsideBytes: 1_073_741_824 };
  expect(webhookSettings(FULL)).toEqual({ ...aside, table: 'presses' });
  expect(countingSettings(FULL)).toEqual({ ...aside, table: 'presses' });
  expect(streamSettings({ ...FULL, TABLE: undefined })).toEqual({
    ...{ ...aside, namespace: 'MbedButtonPressHour', guideMetric: true },
  });
});

test('the demanded header, of which only the digest is told', () => {
  const digest = createHash('sha256').update('Bearer 5f1c').digest('hex');
  const { header } = webhookSettings({ ...FULL, DEMANDED_HEADER: `authorization:${digest}` });
  expect(hasHeader({ authorization: 'Bearer 5f1c' }, header!)).toBe(true);
  expect(hasHeader({ authorization: 'Bearer 5f1d' }, header!)).toBe(false);
});

test('everything else', () => {
  const more = { MAX_ASIDE_BYTES: '500', NAMESPACE: 'Another', GUIDE_METRIC: 'off' };
  expect(streamSettings({ ...FULL, ...more })).toMatchObject({
    ...{ maxAsideBytes: 500, namespace: 'Another', guideMetric: false },
  });
  const both = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2' };
  expect(countingSettings({ ...FULL, ...both })).toMatchObject({ s3Endpoint: 'http://127.0.0.1:2' });
  expect(countingSettings({ ...FULL, ...both, AWS_ENDPOINT_URL_S3: '' })).toMatchObject({
    s3Endpoint: 'http://127.0.0.1:1',
  });
});

test.each(['TABLE', 'ASIDE_BUCKET', 'FAILURE_QUEUE_URL'])('without %s: an error that names it', (name) => {
  for (const value of [undefined, '']) {
    const read = (): unknown => webhookSettings({ ...FULL, [name]: value });
    expect(read).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(name) }));
  }
});

test.each([
  ['MAX_ASIDE_BYTES', '1e9'],
  ['MAX_ASIDE_BYTES', '-1'],
  ['FAILURE_QUEUE_URL', 'failures'],
  ['AWS_ENDPOINT_URL_S3', 'localhost'],
  ['DEMANDED_HEADER', 'authorization: Bearer 5f1c'],
  ['DEMANDED_HEADER', `Authorization:${'0'.repeat(64)}`],
  ['DEMANDED_HEADER', `authorization:${'0'.repeat(63)}`],
  ['GUIDE_METRIC', 'yes'],
])('%s=%s: an error that names the variable, without its value', (name, value) => {
  const read = (): unknown => [webhookSettings({ ...FULL, [name]: value }), streamSettings({ ...FULL, [name]: value })];
  expect(read).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(name) }));
  expect(read).not.toThrow(value);
});
