/** What the connector's options make of its channels' figures. */
import { expect, test } from '@jest/globals';
import { type ConnectorWords, channelSettings } from '../../../scripts/connector/words.ts';

const settingsOf = (words: Partial<ConnectorWords>) => channelSettings({ public: false, ...words } as ConnectorWords);

test('nothing said leaves all figures as they are', () => {
  expect(settingsOf({})).toEqual({ webhook: { publicOnly: false }, poll: {}, websocket: {}, queue: {} });
});

test('a message is as large as was said on every channel', () => {
  const message = { mostItems: 500, mostBytes: 1024 ** 2 };
  expect(settingsOf({ deliveryBatch: '500', deliverySize: '1MiB' })).toMatchObject({
    ...{ webhook: message, poll: message, websocket: message },
  });
});

test('waits and ends of long polls and websockets are apart from those of callbacks', () => {
  const words = { pollWait: '5s', removeIdlePoll: '1h', removeIdleWebsocket: '2h', removeIdle: '3h' };
  expect(settingsOf(words)).toEqual({
    webhook: { publicOnly: false, removedAfterIdleMs: 3 * 3_600_000 },
    poll: { waitMs: 5_000, removedAfterIdleMs: 3_600_000 },
    websocket: { removedAfterIdleMs: 2 * 3_600_000 },
    queue: {},
  });
});

test.each([{ deliverySize: '4' }, { pollWait: '30' }, { removeIdlePoll: 'never' }, { deliveryBatch: '10001' }])(
  '%j is refused',
  (words) => {
    expect(() => settingsOf(words)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  },
);
