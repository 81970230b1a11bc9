/** The rule for a webhook's body: a message or our own error, nothing else; and what is refused can be tried again. */
import { expect, test } from '@jest/globals';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { decodeNotification } from '../../../../cloud/protocol/notification/decode.ts';
import { encodeNotification, encodeRefused } from '../../../../cloud/protocol/notification/encode.ts';
import { WIRE_KEYS } from '../../../../cloud/protocol/notification/message.ts';
import { type Random, seededRandom } from '../../../../cloud/protocol/random.ts';

const RUNS = 100_000;
const VALID = new TextEncoder().encode(
  encodeNotification(
    {
      notifications: [{ ep: 'node-1', path: '/3200/0/5501', ct: 'text/plain', payload: 'MTIz', maxAge: 60, boot: 5 }],
      registrations: [
        { ep: 'node-1', q: true, resources: [{ path: '/3200/0/5501', obs: true }], timestamp: 9, uid: 'u' },
      ],
      deRegistrations: [{ ep: 'nöde-2' }],
      asyncResponses: [{ id: '1', status: 200, payload: 'MQ==' }],
    },
    'connector',
  ),
);
const NAMES = [
  ...Object.values(WIRE_KEYS),
  ...['ep', 'path', 'ct', 'payload', 'max-age', 'timestamp', 'uid', 'original-ep', 'boot', 'q', 'ept', 'resources'],
  ...['rt', 'rf', 'obs', 'id', 'status', 'error', '__proto__', 'constructor', 'toJSON', 'length', ''],
];
const LEAVES = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e999',
  '9007199254740993',
  '""',
  '"1"',
  '"true"',
  '"/1"',
  '"\\ud800"',
];

const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]!;

function mutated(random: Random): Uint8Array {
  const body = [...VALID];
  for (let changes = 1 + random.int(4); changes > 0; changes--) {
    const at = random.int(body.length);
    const removed = random.chance(0.6) ? 1 + random.int(3) : 0;
    const added = random.chance(0.6) ? [random.chance(0.5) ? random.int(256) : VALID[random.int(VALID.length)]!] : [];
    body.splice(at, removed, ...added);
  }
  return Uint8Array.from(random.chance(0.1) ? body.slice(0, random.int(body.length)) : body);
}

function jsonish(random: Random, depth = 0): string {
  const kind = depth === 0 ? 1 : random.int(depth > 4 ? 1 : 3);
  if (kind === 0) return pick(random, LEAVES);
  const items = Array.from({ length: random.int(5) }, () => jsonish(random, depth + 1));
  if (kind === 2) return `[${items.join()}]`;
  return `{${items.map((item) => `${JSON.stringify(pick(random, NAMES))}:${item}`).join()}}`;
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.int(40) }, () => random.int(256));
}

const makers: [name: string, make: (random: Random) => Uint8Array, understood: number, refused: number][] = [
  ['valid bodies with bytes changed', mutated, 10_000, 1_000],
  [
    'JSON of the right names and the wrong values',
    (random) => new TextEncoder().encode(jsonish(random)),
    90_000,
    10_000,
  ],
  ['noise', noise, 1, 0],
];

test.each(makers)('%s: a message or FormatError', (name, make, understoodAtLeast, refusedAtLeast) => {
  const random = seededRandom(`notification/${name}`);
  let [understood, refused] = [0, 0];
  for (let run = 0; run < RUNS; run++) {
    const body = make(random);
    try {
      const decoded = decodeNotification(body);
      understood++;
      for (const item of decoded.refused) {
        refused++;
        const again = decodeNotification(encodeRefused([item])).refused;
        if (again.length !== 1 || again[0]?.reason !== item.reason)
          throw new Error(`not refused again: ${item.reason}`);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw new Error(`run ${run}: ${Buffer.from(body)}`, { cause: error });
    }
  }
  // That the fuzz reaches what it is for: bodies that are read, and elements that are refused.
  expect(understood).toBeGreaterThanOrEqual(understoodAtLeast);
  expect(refused).toBeGreaterThanOrEqual(refusedAtLeast);
});
