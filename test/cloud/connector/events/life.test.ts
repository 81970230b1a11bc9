import { expect, test } from '@jest/globals';
import { Life } from '../../../../cloud/connector/events/life.ts';
import { VirtualTime } from './virtual-time.ts';

test('goes on from where it was, with the time that nobody was running', async () => {
  const world = new VirtualTime();
  const first = new Life(world);
  await world.pass(5_000.9);
  expect(first.now()).toBe(5_000);
  const mark = first.mark();
  await world.pass(7_000);
  expect(new Life(world, mark).now()).toBe(12_000);
});

test('a clock that is set while it runs makes nothing older', async () => {
  const world = new VirtualTime();
  const life = new Life(world);
  world.setClock(365 * 86_400_000);
  await world.pass(1_000);
  expect(life.now()).toBe(1_000);
  const mark = life.mark();
  expect(new Life(world, mark).now()).toBe(1_000);
});

test('a clock that was set back meanwhile counts as no time', () => {
  const world = new VirtualTime();
  const mark = new Life(world, { lifeMs: 9_000, wallMs: world.wall() }).mark();
  world.setClock(-3_600_000);
  expect(new Life(world, mark).now()).toBe(9_000);
});
