/** Settings: all or nothing, none unknown, and no value in an error. */
import { expect, test } from '@jest/globals';
import { demandHeader, hasHeader } from '../../../../../cloud/ingest/demanded-header.ts';
import { SETTINGS, settingsOf } from '../../../../../cloud/platforms/azure/handlers/environment.ts';
import { UsageError } from '../../../../../cloud/protocol/errors.ts';
import { SETTINGS_EXAMPLE } from './settings-example.ts';

test('what the template sets', () => {
  expect(settingsOf({ ...SETTINGS_EXAMPLE, PATH: '/bin', MTS_MAX_ASIDE_BYTES: '' })).toEqual({
    ...{ tableUrl: 'https://presses.table.core.windows.net', table: 'presses' },
    ...{ blobUrl: 'https://presses.blob.core.windows.net', container: 'aside' },
    ...{ queueUrl: 'https://presses.queue.core.windows.net', queue: 'failures' },
    ...{ monitorUrl: 'https://westeurope.monitoring.azure.com', resourceId: SETTINGS_EXAMPLE.MTS_RESOURCE_ID },
    ...{ maxAsideBytes: 1024 ** 3, header: undefined },
  });
});

test('a demanded header comes as a digest', () => {
  const { digest } = demandHeader('X-Key', 'secret');
  const text = `x-key:${Buffer.from(digest).toString('hex')}`;
  const { header } = settingsOf({ ...SETTINGS_EXAMPLE, MTS_DEMANDED_HEADER: text });
  if (header === undefined) throw new Error('no header');
  expect(hasHeader({ 'x-key': 'secret' }, header)).toBe(true);
  expect(hasHeader({ 'x-key': 'secrets' }, header)).toBe(false);
});

test.each(SETTINGS.slice(0, 8))('without %s it does not begin', (name) => {
  for (const value of [undefined, '']) {
    expect(() => settingsOf({ ...SETTINGS_EXAMPLE, [name]: value })).toThrow(UsageError);
    expect(() => settingsOf({ ...SETTINGS_EXAMPLE, [name]: value })).toThrow(`${name} is missing`);
  }
});

test.each([
  ['MTS_TABLE_URL', 'http://presses.table.core.windows.net'],
  ['MTS_BLOB_URL', 'https://presses.blob.core.windows.net/aside?sig=secret'],
  ['MTS_QUEUE_URL', 'presses'],
  ['MTS_MONITOR_REGION', 'evil.example/'],
  ['MTS_RESOURCE_ID', '/subscriptions/1/resourceGroups/2'],
  ['MTS_MAX_ASIDE_BYTES', '1e9'],
  ['MTS_DEMANDED_HEADER', 'x-key: secret'],
])('%s that makes no sense is refused, and not repeated', (name, value) => {
  const begin = (): unknown => settingsOf({ ...SETTINGS_EXAMPLE, [name]: value });
  expect(begin).toThrow(UsageError);
  expect(begin).toThrow(`${name} makes no sense`);
  expect(begin).not.toThrow(/secret|evil/);
});

test('one of ours that is unknown is refused', () => {
  expect(() => settingsOf({ ...SETTINGS_EXAMPLE, MTS_TABEL: 'presses' })).toThrow('there is no setting MTS_TABEL');
});
