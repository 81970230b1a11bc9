/** The rule for a payload: a value or our own error, nothing else; and a counter is from 0 to 65,535 or none. */
import { expect, test } from '@jest/globals';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import type { NotificationData } from '../../../../cloud/protocol/notification/message.ts';
import { counterOf } from '../../../../cloud/protocol/payload/counter.ts';
import { encodeTlv, type TlvEntry, type TlvResource } from '../../../../cloud/protocol/payload/tlv.ts';
import { decodeValue } from '../../../../cloud/protocol/payload/value.ts';
import { type Random, seededRandom } from '../../../../cloud/protocol/random.ts';

const RUNS = 100_000;
const PATHS = [
  '/3200/0/5501',
  '/3200/0/5501',
  '/3200/0/5501',
  '/3200/0',
  '/3200',
  '/3200/1',
  '/1/2/3',
  '/sen/light',
  '/',
];
const TYPES = [
  'text/plain',
  'application/vnd.oma.lwm2m+tlv',
  'application/octet-stream',
  '0',
  '99',
  '11542',
  '42',
  'x',
  '',
];
const IDS = [0, 1, 5501, 5501, 5502, 65_535];
const TEXTS = ['0', '1', '65535', '65536', '-1', '-0', '007', '1.5', '', '1e3', '9007199254740993', 'ünï'];

const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]!;
const noise = (random: Random, limit: number) => Uint8Array.from({ length: random.int(limit) }, () => random.int(256));

function someResource(random: Random): TlvResource {
  return { kind: 'resource', id: pick(random, IDS), value: noise(random, 10) };
}

function someEntry(random: Random): TlvEntry {
  if (random.chance(0.5)) return someResource(random);
  const resources = Array.from({ length: random.int(3) }, () => someResource(random));
  return { kind: 'object-instance', id: random.int(2), resources };
}

/** Half of the TLVs have bytes changed or missing. */
function someTlv(random: Random): Uint8Array {
  const bytes = encodeTlv(Array.from({ length: random.int(3) }, () => someEntry(random)));
  if (random.chance(0.5) || bytes.length === 0) return bytes;
  bytes[random.int(bytes.length)] = random.int(256);
  return bytes.subarray(0, bytes.length - random.int(2));
}

function somePayload(random: Random): string {
  const kind = random.int(6);
  if (kind === 0) return String.fromCharCode(...Array.from({ length: random.int(9) }, () => random.int(0x120)));
  const bytes = kind === 1 ? noise(random, 20) : kind < 4 ? Buffer.from(pick(random, TEXTS)) : someTlv(random);
  return Buffer.from(bytes).toString('base64');
}

function someNotification(random: Random): NotificationData {
  return {
    ep: 'n',
    path: pick(random, PATHS),
    ...(random.chance(0.8) ? { ct: pick(random, TYPES) } : {}),
    ...(random.chance(0.95) ? { payload: somePayload(random) } : {}),
  };
}

/** What happened, in a word; anything but a value and our own error is thrown on. */
function outcome(read: () => unknown): string {
  try {
    const value = read();
    return value === undefined ? 'nothing' : 'value';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

test('decodeValue and counterOf give a value or FormatError', () => {
  const random = seededRandom('payload');
  const seen = new Map<string, number>();
  for (let run = 0; run < RUNS; run++) {
    const notification = someNotification(random);
    const results = [
      `decodeValue: ${outcome(() => decodeValue(notification))}`,
      `counterOf: ${outcome(() => {
        const counter = counterOf(notification);
        if (counter === undefined || (Number.isInteger(counter) && counter >= 0 && counter <= 65_535)) return counter;
        throw new Error(`run ${run}: counter ${counter}`);
      })}`,
    ];
    for (const result of results) seen.set(result, (seen.get(result) ?? 0) + 1);
  }
  // That the fuzz reaches every way out, each of them often.
  expect([...seen.keys()].sort()).toEqual([
    'counterOf: COUNTER_FORMAT',
    'counterOf: PAYLOAD_FORMAT',
    'counterOf: TLV_FORMAT',
    'counterOf: nothing',
    'counterOf: value',
    'decodeValue: PAYLOAD_FORMAT',
    'decodeValue: TLV_FORMAT',
    'decodeValue: value',
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(1_000);
});
