/** Bodies of many notifications, as a busy service sends them: what the benches feed to the receiver. */
import { encodeNotification } from '../../cloud/protocol/notification/encode.ts';
import type { NotificationData } from '../../cloud/protocol/notification/message.ts';

export const EVENTS_PER_BODY = 10_000;
const BOOT = Date.UTC(2026, 0, 1);

/** Endless bodies of 10,000 presses, dealt out to the endpoints in turn; counters go on from body to body. */
export function* bodies(endpoints: number): Generator<string, never, undefined> {
  const counters = new Uint16Array(endpoints);
  let [next, at] = [0, Date.UTC(2026, 0, 2)];
  for (;;) {
    const notifications: NotificationData[] = [];
    for (let event = 0; event < EVENTS_PER_BODY; event++) {
      const board = next++ % endpoints;
      counters[board]! += 1;
      notifications.push({
        ep: `board-${String(board).padStart(5, '0')}`,
        path: '/3200/0/5501',
        ct: 'text/plain',
        payload: btoa(String(counters[board])),
        maxAge: 0,
        uid: `0d8e08c3-2311-4ede-aa53-${String(at).padStart(12, '0')}`,
        timestamp: at++,
        boot: BOOT,
      });
    }
    yield encodeNotification({ notifications }, 'connector');
  }
}
