/** Arbitrary messages for property tests: every value that decoding can give, so that encoding and decoding are inverse. */
import fc from 'fast-check';
import type {
  AsyncResponse,
  Departure,
  EndpointData,
  NotificationData,
  NotificationMessage,
  ResourceData,
  Stamp,
} from '../../../cloud/protocol/notification/message.ts';

const anyText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }));
const wholeNumber = fc.maxSafeNat();
const time = fc.oneof({ weight: 9, arbitrary: wholeNumber }, { weight: 1, arbitrary: fc.constant(Number.NaN) });

/** Endpoint names: UUIDs, device ids, and whatever else has no control character. */
export const endpointNames: fc.Arbitrary<string> = fc.oneof(
  fc.uuid(),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 }),
  anyText.filter((text) => text !== '' && text.isWellFormed() && !/\p{Cc}/u.test(text)),
);

/** Paths with their leading slash: of an object, an instance, a resource, or none of LwM2M's. */
export const resourcePaths: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('/3200', '/3200/0', '/3200/0/5501', '/3200/0/5502'),
  fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 4 }).map((ids) => `/${ids.join('/')}`),
  anyText.map((text) => `/${text}`),
);

/** Bytes as a payload has them; an empty one is no payload. */
export const payloads: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));

const stampModel = { timestamp: time, uid: fc.uuid(), originalEp: anyText, boot: wholeNumber };
const contentModel = { ct: anyText, payload: payloads, maxAge: fc.nat(0xffff_ffff) };

export const stamps: fc.Arbitrary<Stamp> = fc.record(stampModel, { requiredKeys: [], noNullPrototype: true });

export const notifications: fc.Arbitrary<NotificationData> = fc.record(
  { ep: endpointNames, path: resourcePaths, ...contentModel, ...stampModel },
  { requiredKeys: ['ep', 'path'], noNullPrototype: true },
);

export const resources: fc.Arbitrary<ResourceData> = fc.record(
  { path: resourcePaths, if: anyText, rt: anyText, ct: anyText, obs: fc.boolean() },
  { requiredKeys: ['path'], noNullPrototype: true },
);

export const endpoints: fc.Arbitrary<EndpointData> = fc.record(
  {
    ep: endpointNames,
    ept: anyText,
    q: fc.boolean(),
    resources: fc.array(resources, { maxLength: 5 }),
    ...stampModel,
  },
  { requiredKeys: ['ep', 'resources'], noNullPrototype: true },
);

export const departures: fc.Arbitrary<Departure> = fc.record(
  { ep: endpointNames, ...stampModel },
  { requiredKeys: ['ep'], noNullPrototype: true },
);

export const asyncResponses: fc.Arbitrary<AsyncResponse> = fc.record(
  { id: anyText, status: fc.integer({ min: 0, max: 999 }), error: anyText, ...contentModel },
  { requiredKeys: ['id', 'status'], noNullPrototype: true },
);

/** Whole messages: any of the six arrays, several at once, or none. */
export const notificationMessages: fc.Arbitrary<NotificationMessage> = fc.record(
  {
    notifications: fc.array(notifications, { maxLength: 5 }),
    registrations: fc.array(endpoints, { maxLength: 3 }),
    regUpdates: fc.array(endpoints, { maxLength: 3 }),
    deRegistrations: fc.array(departures, { maxLength: 3 }),
    registrationsExpired: fc.array(departures, { maxLength: 3 }),
    asyncResponses: fc.array(asyncResponses, { maxLength: 3 }),
  },
  { noNullPrototype: true },
);
