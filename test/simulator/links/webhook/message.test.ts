import { describe, expect, test } from '@jest/globals';
import { decodeNotification } from '../../../../cloud/protocol/notification/decode.ts';
import { encodeNotification } from '../../../../cloud/protocol/notification/encode.ts';
import { seededRandom } from '../../../../cloud/protocol/random.ts';
import type { Outgoing } from '../../../../simulator/fleet/outgoing.ts';
import { toMessage, uidMaker } from '../../../../simulator/links/webhook/message.ts';

const START = 1_764_000_000_000;
const common = { board: 0, at: 100, boot: -1 };
const BATCH: readonly Outgoing[] = [
  { ...common, sequence: 0, kind: 'value', path: '/3200/0/5501', value: '12', presses: [], next: undefined },
  { ...common, sequence: 1, kind: 'registration' },
  { ...common, sequence: 2, kind: 'update' },
];
const context = { startMs: START, name: () => 'board-0001', uid: (sequence: number) => `uid-${sequence}` };

describe('toMessage', () => {
  test('in our own dialect says everything, and is understood', () => {
    const body = encodeNotification(toMessage(BATCH, context), 'connector');
    const { message, refused } = decodeNotification(new TextEncoder().encode(body));
    expect(refused).toEqual([]);
    const stamp = { ep: 'board-0001', timestamp: START + 100, boot: START - 1 };
    expect(message.notifications).toEqual([
      { ...stamp, uid: 'uid-0', path: '/3200/0/5501', ct: 'text/plain', payload: 'MTI=', maxAge: 0 },
    ]);
    expect(message.registrations).toMatchObject([{ ...stamp, uid: 'uid-1', ept: 'test' }]);
    expect(message.registrations[0]?.resources).toContainEqual({ path: '/3200/0/5501', rt: 'Button', obs: true });
    expect(message.regUpdates).toMatchObject([{ ...stamp, uid: 'uid-2' }]);
  });

  test.each(['pelion', 'mdc'] as const)('as %s has no stamps', (dialect) => {
    expect(encodeNotification(toMessage(BATCH, context), dialect)).not.toMatch(/uid|timestamp|boot/);
  });
});

test('uids are UUIDs of version 4, one each, and the same for the same seed', () => {
  const [uid, again, other] = [1, 1, 2].map((seed) => uidMaker(seededRandom(seed)));
  const made = Array.from({ length: 1_000 }, (_, sequence) => uid!(sequence));
  expect(new Set(made).size).toBe(1_000);
  for (const one of made) expect(one).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(again!(7)).toBe(uid!(7));
  expect(other!(7)).not.toBe(uid!(7));
});
