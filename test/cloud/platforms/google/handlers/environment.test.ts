/** What a function's environment must say, and that nothing of it gets into an error. */
import { expect, test } from '@jest/globals';
import { hasHeader } from '../../../../../cloud/ingest/demanded-header.ts';
import { sweepSettings, webhookSettings } from '../../../../../cloud/platforms/google/handlers/environment.ts';
import { UsageError } from '../../../../../cloud/protocol/errors.ts';

const ENV = {
  ...{ PROJECT: 'p', DATABASE: 'counts', ASIDE_BUCKET: 'shelf', FAILURE_TOPIC: 'failures' },
  DEMANDED_HEADER: 'X-Mts-Key: 5f1c secret\n',
};
const SWEEP = { PROJECT: 'p', DATABASE: 'd', METRIC_TYPE: 'custom.googleapis.com/mbed/test_button_presses' };

test('all of it', () => {
  const { header, ...rest } = webhookSettings({
    ...ENV,
    MAX_ASIDE_BYTES: '5',
  });
  expect(rest).toEqual({
    ...{ project: 'p', database: 'counts', bucket: 'shelf', topic: 'failures', maxAsideBytes: 5 },
  });
  expect(hasHeader({ 'x-mts-key': '5f1c secret' }, header)).toBe(true);
});

test('what is left out has its default', () => {
  expect(webhookSettings({ ...ENV, MAX_ASIDE_BYTES: '' })).toMatchObject({ maxAsideBytes: 1024 ** 3 });
  expect(sweepSettings(SWEEP)).toEqual({ project: 'p', database: 'd', metricType: SWEEP.METRIC_TYPE });
});

test.each(Object.keys(ENV))('without %s it does not start', (name) => {
  for (const value of [undefined, '']) {
    expect(() => webhookSettings({ ...ENV, [name]: value })).toThrow(new RegExp(`${name} is not set`));
  }
});

test.each([
  ['DEMANDED_HEADER', '5f1c-secret'],
  ['DEMANDED_HEADER', 'a: b\nc: 5f1c-secret'],
  ['MAX_ASIDE_BYTES', '5f1c-secret'],
])('%s that makes no sense is refused, and not repeated', (name, value) => {
  let error: unknown;
  try {
    webhookSettings({ ...ENV, [name]: value });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(UsageError);
  expect(JSON.stringify([String(error), (error as UsageError).fix])).not.toContain('5f1c');
});

test.each(['5f1c-secret', 'file:///5f1c-secret'])("the sweep's endpoint must be an address: %s", (value) => {
  const env = { ...SWEEP, MONITORING_ENDPOINT: value };
  expect(() => sweepSettings(env)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('5f1c') }));
  expect(() => sweepSettings(env)).toThrow(UsageError);
  const good = { ...env, MONITORING_ENDPOINT: 'http://127.0.0.1:1/' };
  expect(sweepSettings(good)).toMatchObject({ monitoringEndpoint: 'http://127.0.0.1:1' });
});

test.each([undefined, '5f1c-secret', 'custom.googleapis.com/"'])(
  'the sweep does not start with the metric %j',
  (value) => {
    const env = { ...SWEEP, METRIC_TYPE: value };
    expect(() => sweepSettings(env)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('5f1c') }));
    expect(() => sweepSettings(env)).toThrow(UsageError);
  },
);
