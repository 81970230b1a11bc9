/** Which deployment the options of Google Cloud mean. */
import { expect, test } from '@jest/globals';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { googleFrom } from '../../../scripts/google/words.ts';

test('the prefix leads to all that was deployed with it, the metric too', () => {
  expect(googleFrom({ googleProject: 'my-project', googlePrefix: 'test-' }, {})).toEqual({
    ...{ project: 'my-project', database: 'test-mbed-time-series', bucket: undefined, asideBucket: 'test-mbed-aside' },
    metricType: 'custom.googleapis.com/mbed/test_button_presses',
  });
});

test('without one it is what it always was', () => {
  expect(googleFrom({}, { GOOGLE_CLOUD_PROJECT: 'my-project' })).toMatchObject({
    ...{ project: 'my-project', database: 'mbed-time-series' },
    metricType: 'custom.googleapis.com/mbed/button_presses',
  });
});

test.each([
  { googleProject: 'My Project' },
  { googlePrefix: 'test_' },
  { googleDatabase: 'a b' },
  { googleBucket: '..' },
])('%j is refused', (words) => {
  expect(() => googleFrom(words, {})).toThrow(UsageError);
});
