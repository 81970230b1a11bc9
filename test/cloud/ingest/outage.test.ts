/** A store that is down is said once, and then once a minute, however many senders come. */
import { expect, test } from '@jest/globals';
import { Outage } from '../../../cloud/ingest/outage.ts';
import { StoreError } from '../../../cloud/protocol/errors.ts';

function outage() {
  const [lines, clock] = [[] as string[], { now: 0 }];
  const say = (level: string) => (fields: object, text: string) =>
    void lines.push(`${level} ${text} ${JSON.stringify(fields)}`);
  const log = { error: say('error'), warn: say('warn') } as unknown as ConstructorParameters<typeof Outage>[0];
  return { lines, clock, outage: new Outage(log, () => clock.now) };
}

const down = new StoreError('STORE_DOWN', 'the disk is full', 'Make room.');

test('down for five minutes, with a sender each second: a line a minute, and one when it answers again', () => {
  const { lines, clock, outage: it } = outage();
  it.over();
  for (; clock.now < 300_000; clock.now += 1_000) it.failed(down);
  it.over();
  it.over();
  expect(lines).toEqual([
    'error the disk is full {"code":"STORE_DOWN","fix":"Make room."}',
    ...[61, 121, 181, 241].map(
      (times) => `error the disk is full {"code":"STORE_DOWN","fix":"Make room.","times":${times}}`,
    ),
    'warn the store answers again {"times":300}',
  ]);
  it.failed(down);
  expect(lines).toHaveLength(7);
});

test('no room for what is set aside is said apart, and not each time that something else succeeds', () => {
  const { lines, outage: it } = outage();
  for (let times = 0; times < 5; times += 1) {
    it.failed(new StoreError('ASIDE_FULL', 'there is no room', 'Replay or drop.'));
    it.over();
  }
  it.failed(down);
  expect(lines.map((line) => line.split(' {')[0])).toEqual(['error there is no room', 'error the disk is full']);
});
