/** What whoever runs the connector reads of a flood. */
import { expect, test } from '@jest/globals';
import { Notices } from '../../../cloud/connector/notices.ts';
import { VirtualWorld } from '../protocol/coap/virtual-world.ts';

function noticed() {
  const world = new VirtualWorld();
  const lines: string[] = [];
  const warn = (fields: object, text: string): void => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const notices = new Notices({ info: () => {}, warn, error: () => {} }, world);
  return { world, lines, notices };
}

test('the first at once, the others together, with their number', async () => {
  const { world, lines, notices } = noticed();
  for (let time = 1; time <= 100; time++) notices.warn('bad', { time }, 'bad');
  expect(lines.splice(0)).toEqual(['bad {"time":1}']);
  await world.pass(10_000);
  expect(lines).toEqual(['bad {"time":100,"times":99}']);
});

test('each of a few peers has its own line', async () => {
  const { world, lines, notices } = noticed();
  for (const peer of ['a', 'b', 'a', 'b']) notices.warn('bad', { peer }, 'bad', peer);
  expect(lines.splice(0)).toEqual(['bad {"peer":"a"}', 'bad {"peer":"b"}']);
  await world.pass(10_000);
  expect(lines).toEqual(['bad {"peer":"a"}', 'bad {"peer":"b"}']);
});

test('invented peers share one: a flood of them is no flood of lines, nor of memory', async () => {
  const { world, lines, notices } = noticed();
  for (let time = 0; time < 1_000; time++) notices.warn('bad', {}, 'bad', `${time}`);
  expect(lines).toHaveLength(9);
  await world.pass(10_000);
  expect(lines).toHaveLength(10);
  expect(lines.at(-1)).toBe('bad {"times":991}');
  // It is over: whoever comes next is told of at once, under his own name.
  await world.pass(10_000);
  notices.warn('bad', {}, 'bad', 'late');
  notices.warn('bad', {}, 'bad', 'later');
  expect(lines).toHaveLength(12);
  await world.pass(10_000);
  expect(world.pending).toBe(0);
});
