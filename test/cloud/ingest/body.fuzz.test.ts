/** 100,000 requests with bodies and content types of all kinds: each is answered 200, and nothing of it is dropped. */
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ingestMetrics } from '../../../cloud/ingest/metrics.ts';
import { newServer } from '../../../cloud/ingest/server.ts';
import type { Store } from '../../../cloud/ingest/store.ts';
import { webhook } from '../../../cloud/ingest/webhook.ts';
import { type Random, seededRandom } from '../../../cloud/protocol/random.ts';

const INPUTS = 100_000;
const AT_ONCE = 50;

test('whatever the body, the answer is 200, and what was not understood is set aside', async () => {
  const random = seededRandom('bodies');
  const seen = { counted: 0, aside: 0 };
  const app = newServer(pino({ level: 'silent' }));
  await webhook(app, { store: countingStore(seen), metrics: ingestMetrics(), now: () => Date.UTC(2026, 0, 1) });
  const bad: unknown[] = [];
  for (let done = 0; done < INPUTS; done += AT_ONCE) {
    const requests = Array.from({ length: AT_ONCE }, () => ({ payload: bodyOf(random), type: typeOf(random) }));
    const answers = await Promise.all(
      requests.map(({ payload, type }) => {
        const headers = type === undefined ? {} : { 'content-type': type };
        return app.inject({ method: 'PUT', url: '/webhook', payload, headers });
      }),
    );
    for (const [index, { statusCode }] of answers.entries()) if (statusCode !== 200) bad.push(requests[index]);
  }
  await app.close();
  expect(bad).toEqual([]);
  // The fuzz reaches what it is for: many bodies count something, many are refused in part or whole.
  expect(seen.counted).toBeGreaterThan(INPUTS / 20);
  expect(seen.aside).toBeGreaterThan(INPUTS / 20);
});

function countingStore(seen: { counted: number; aside: number }): Store {
  const store: Partial<Store> = {
    apply: async (batch) => {
      seen.counted += batch.length;
      return { presses: 0, stale: 0 };
    },
    setAside: async (items) => {
      seen.aside += items.length;
    },
  };
  return store as Store;
}

const SEEDS = [
  '{"notifications":[{"ep":"node-001","path":"/3200/0/5501","ct":"text/plain","payload":"MTI=","max-age":"60"}]}',
  '{"registrations":[{"ep":"a","resources":[{"path":"/3200/0/5501","obs":true}]}],"reg-updates":[{"ep":"b"}]}',
  '{"notifications":[{"ep":"a","path":"/3200/0","ct":"application/vnd.oma.lwm2m+tlv","payload":"4hV9AQ==","boot":5}]}',
  '{"de-registrations":["node-003"],"registrations-expired":[{"ep":"x","timestamp":"1614584011482"}]}',
  '{"async-responses":[{"id":"1#a@b/c","status":200,"payload":"MjEuNQ=="}],"notifications":[]}',
  '{}',
  '',
];
const TYPES = [
  'application/json',
  'text/plain',
  'application/json; charset=utf-16',
  ';',
  'a/b/c',
  '*/*',
  'multipart/form-data',
];
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '-1',
  '1e999',
  '\\ud800',
  '\u0000',
  '__proto__',
  '65536',
  'é',
];

function bodyOf(random: Random): Buffer {
  const bytes = Buffer.from(SEEDS[random.int(SEEDS.length)]!);
  switch (random.int(5)) {
    case 0:
      return bytes;
    case 1:
      return bytes.subarray(0, random.int(bytes.length + 1));
    case 2:
      return Buffer.from(Array.from({ length: random.int(40) }, () => random.int(256)));
    case 3: {
      for (let flips = 1 + random.int(3); flips > 0 && bytes.length > 0; flips--)
        bytes[random.int(bytes.length)] = random.int(256);
      return bytes;
    }
    default: {
      const at = random.int(bytes.length + 1);
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(PIECES[random.int(PIECES.length)]!),
        bytes.subarray(at),
      ]);
    }
  }
}

function typeOf(random: Random): string | undefined {
  return random.chance(0.5) ? TYPES[random.int(TYPES.length)] : undefined;
}
