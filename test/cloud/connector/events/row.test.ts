import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ConnectorEvent, toMessage } from '../../../../cloud/connector/events/event.ts';
import { fromRow, toRow } from '../../../../cloud/connector/events/row.ts';
import { encodeNotification } from '../../../../cloud/protocol/notification/encode.ts';
import { DIALECTS } from '../../../../cloud/protocol/notification/message.ts';
import { asyncResponses, departures, endpoints, notifications } from '../../protocol/arbitraries.ts';

/** NaN stands for a stranger's bad time; ours are numbers. */
const ours = (event: { data: object }) => !('timestamp' in event.data && Number.isNaN(event.data.timestamp));
const events: fc.Arbitrary<ConnectorEvent> = fc
  .oneof(
    fc.record({ kind: fc.constant('notification' as const), data: notifications }),
    fc.record({ kind: fc.constantFrom('registration' as const, 'reg-update' as const), data: endpoints }),
    fc.record({
      kind: fc.constantFrom('de-registration' as const, 'registration-expired' as const),
      data: departures,
    }),
    fc.record({ kind: fc.constant('async-response' as const), data: asyncResponses }),
  )
  .filter(ours);

/** `{"notifications":[],"registrations":[],...}`. */
const AROUND = 130;

test('an event comes back as it was', () => {
  fc.assert(fc.property(events, (event) => expect(fromRow(toRow(event))).toEqual(event)));
});

test.each(DIALECTS)('its bytes are no fewer than it takes in a message: %s', (dialect) => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 20 }), (several) => {
      const body = encodeNotification(toMessage(several), dialect);
      const bytes = several.reduce((sum, event) => sum + toRow(event).bytes, AROUND);
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bytes);
    }),
  );
});

describe('what a later value may take the place of', () => {
  const base = { ep: 'a', path: '/3200/0/5501', ct: 'text/plain', payload: btoa('7'), boot: 5 };
  const row = (data: object) => toRow({ kind: 'notification', data: { ...base, ...data } });

  test.each([{ ep: 'b' }, { path: '/3200/0/5502' }, { boot: 6 }])('not of another one: %j', (other) => {
    expect(row(other).subject).not.toBe(row({}).subject);
  });

  test('names and paths do not run together', () => {
    expect(row({ ep: 'a b', path: '/c' }).subject).not.toBe(row({ ep: 'b', path: '/c a' }).subject);
  });

  test('nothing whose boot is not known, and nothing but values', () => {
    const { boot: _, ...without } = base;
    expect(toRow({ kind: 'notification', data: without }).subject).toBeUndefined();
    expect(toRow({ kind: 'registration', data: { ep: 'a', resources: [], boot: 5 } }).subject).toBeUndefined();
  });

  test('the counter is read where it is one', () => {
    expect(row({}).value).toBe(7);
    expect(row({ payload: btoa('x') })).toMatchObject({ value: undefined, subject: row({}).subject });
    expect(row({ path: '/3303/0/5700', payload: btoa('21') }).value).toBeUndefined();
  });
});
