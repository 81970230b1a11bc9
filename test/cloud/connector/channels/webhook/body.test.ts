import { expect, test } from '@jest/globals';
import { bodyOf, wanted } from '../../../../../cloud/connector/channels/webhook/body.ts';
import { DEFAULT_SETTINGS } from '../../../../../cloud/connector/channels/webhook/settings.ts';
import type { NewEvent } from '../../../../../cloud/connector/events/event.ts';
import { press, queueFile, registration } from '../../events/queue-files.ts';

const webhook = { url: 'http://receiver.example/', headers: {}, dialect: 'connector', mostItems: 10_000 } as const;

/** One for each of a message's six lists. */
const SIX: readonly NewEvent[] = [
  press('a', 1),
  registration('a'),
  { kind: 'reg-update', data: { ep: 'a', resources: [] } },
  { kind: 'de-registration', data: { ep: 'a' } },
  { kind: 'registration-expired', data: { ep: 'a' } },
  { kind: 'async-response', data: { id: 'a', status: 200 } },
];

test('a body is not longer than it may be, and hardly shorter, whatever is in it', async () => {
  await using file = await queueFile();
  await file.events.queue.append('k', SIX);
  const whole = bodyOf({ events: file.events.queue.peek('k', { mostItems: 6, mostBytes: 1e6 }) }, webhook).length;
  for (let mostBytes = whole - 300; mostBytes < whole + 300; mostBytes++) {
    const events = file.events.queue.peek('k', wanted(webhook, { ...DEFAULT_SETTINGS, mostBytes }));
    expect(bodyOf({ events }, webhook).length).toBeLessThanOrEqual(mostBytes);
    if (mostBytes >= whole + 6 * 16) expect(events).toHaveLength(6);
  }
});
