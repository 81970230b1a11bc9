/** Who wants what: single paths and rules, in both dialects, over restarts. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Rule } from '../../../../cloud/connector/client/rules.ts';
import { StoreError } from '../../../../cloud/protocol/errors.ts';
import { BUTTON, k64f, subscribed } from './boards.ts';

const button: Rule = { 'resource-path': [BUTTON] };
const YES = { accepted: true };

describe('single paths', () => {
  test('are wanted from then on, also after a restart, and whatever the board does', async () => {
    await using it = await subscribed();
    expect(await it.subscriptions.subscribe('k', 'a', BUTTON)).toEqual(YES);
    expect(await it.subscriptions.subscribe('k', 'a', '/3200/0')).toEqual(YES);
    expect(await it.subscriptions.subscribe('l', 'a', BUTTON)).toEqual(YES);
    for (const step of ['none', 'restart', 'registered', 'gone', 'registered'] as const) {
      if (step === 'restart') it.restart();
      if (step === 'registered') it.subscriptions.registered(k64f('a'));
      if (step === 'gone') it.subscriptions.gone('a');
      expect([...it.subscriptions.pathsOf('a')].toSorted()).toEqual(['/3200/0', BUTTON]);
      expect(it.subscriptions.keysFor('a', BUTTON)).toEqual(['k', 'l']);
      expect(it.subscriptions.keysFor('a', '/3200/0')).toEqual(['k']);
      expect(it.subscriptions.of('l', 'a')).toEqual([BUTTON]);
    }
    expect(it.subscriptions.keysFor('a', '/3200')).toEqual([]);
    expect([...it.subscriptions.pathsOf('b')]).toEqual([]);
  });

  test('are dropped one by one, or all of a board', async () => {
    await using it = await subscribed();
    for (const path of ['/1', '/2', '/3']) await it.subscriptions.subscribe('k', 'a', path);
    await it.subscriptions.subscribe('k', 'b', '/1');
    expect(await it.subscriptions.unsubscribe('k', 'a', '/2')).toBe(true);
    expect(await it.subscriptions.unsubscribe('k', 'a', '/2')).toBe(false);
    expect(await it.subscriptions.unsubscribe('l', 'a')).toBe(false);
    expect(it.subscriptions.isSubscribed('k', 'a', '/2')).toBe(false);
    it.restart();
    expect(it.subscriptions.of('k', 'a')).toEqual(['/1', '/3']);
    expect(await it.subscriptions.unsubscribe('k', 'a')).toBe(true);
    expect(await it.subscriptions.unsubscribe('k', 'a')).toBe(false);
    it.restart();
    expect(it.subscriptions.of('k', 'a')).toEqual([]);
    expect(it.subscriptions.of('k', 'b')).toEqual(['/1']);
  });

  test('rest while their key has no channel: they are listed, and nobody is told by them', async () => {
    await using it = await subscribed();
    const { subscriptions, resting } = it;
    subscriptions.registered(k64f('a'));
    await subscriptions.subscribe('k', 'a', '/1');
    await subscriptions.setRules('l', [button], 'pelion');
    resting.add('k').add('l');
    expect([...subscriptions.pathsOf('a')]).toEqual([]);
    expect(subscriptions.keysFor('a', BUTTON)).toEqual([]);
    expect([subscriptions.of('k', 'a'), subscriptions.of('l', 'a')]).toEqual([['/1'], [BUTTON]]);
    expect(subscriptions.isSubscribed('l', 'a', BUTTON)).toBe(true);
    resting.delete('l');
    expect([...subscriptions.pathsOf('a')]).toEqual([BUTTON]);
    expect(subscriptions.keysFor('a', BUTTON)).toEqual(['l']);
  });

  test('are no more than they may be', async () => {
    await using it = await subscribed({ ofKey: 3, ofBoard: 2 });
    for (const path of ['/1', '/2']) await it.subscriptions.subscribe('k', 'a', path);
    const full = { accepted: false, reason: expect.stringContaining('the board has 2') };
    expect(await it.subscriptions.subscribe('k', 'a', '/3')).toEqual(full);
    expect(await it.subscriptions.subscribe('l', 'a', '/3')).toEqual(full);
    expect(await it.subscriptions.subscribe('l', 'a', '/2')).toEqual(YES);
    expect(await it.subscriptions.subscribe('k', 'b', '/1')).toEqual(YES);
    expect(await it.subscriptions.subscribe('k', 'c', '/1')).toMatchObject({
      reason: expect.stringMatching(/the key has 3/),
    });
    await it.subscriptions.unsubscribe('k', 'a', '/1');
    expect(await it.subscriptions.subscribe('k', 'c', '/1')).toEqual(YES);
    expect([...it.subscriptions.pathsOf('a')]).toEqual(['/2']);
  });

  test.each([
    ['', '/1'],
    ['a'.repeat(257), '/1'],
    ['a', ''],
    ['a', '1'],
    ['a', `/${'1'.repeat(255)}`],
    ['a', '/\ud800'],
  ])('of %j, %j are none', async (endpoint, path) => {
    await using it = await subscribed();
    expect(await it.subscriptions.subscribe('k', endpoint, path)).toMatchObject({ accepted: false });
    expect([...it.subscriptions.pathsOf(endpoint)]).toEqual([]);
  });

  test('thousands at once, each of them on disk when it says so', async () => {
    await using it = await subscribed();
    const names = Array.from({ length: 3_000 }, (_, index) => `board-${index}`);
    await Promise.all(names.map((name) => it.subscriptions.subscribe('k', name, BUTTON)));
    it.restart();
    expect(names.filter((name) => !it.subscriptions.isSubscribed('k', name, BUTTON))).toEqual([]);
  });
});

describe('rules', () => {
  test('are applied to boards that are registered, and to those that come', async () => {
    await using it = await subscribed();
    it.subscriptions.registered(k64f('a'));
    await it.subscriptions.setRules('k', [button], 'pelion');
    await it.subscriptions.setRules('l', [{ 'endpoint-name': 'b*' }], 'pelion');
    it.subscriptions.registered(k64f('b'));
    expect(it.subscriptions.keysFor('a', BUTTON)).toEqual(['k']);
    expect(it.subscriptions.keysFor('b', BUTTON)).toEqual(['k', 'l']);
    expect([...it.subscriptions.pathsOf('a')]).toEqual([BUTTON]);
    expect(it.subscriptions.of('l', 'b')).toHaveLength(3);
    it.restart();
    expect(it.subscriptions.rules('k')).toEqual([button]);
    it.subscriptions.registered(k64f('b'));
    expect(it.subscriptions.keysFor('b', BUTTON)).toEqual(['k', 'l']);
    await it.subscriptions.setRules('k', [], 'pelion');
    expect(it.subscriptions.keysFor('b', BUTTON)).toEqual(['l']);
  });

  test('follow the board: what it lists when it registers again counts', async () => {
    await using it = await subscribed();
    await it.subscriptions.setRules('k', [{ 'endpoint-type': 'Light' }], 'pelion');
    it.subscriptions.registered(k64f('a', 'Light'));
    expect(it.subscriptions.pathsOf('a').size).toBe(3);
    it.subscriptions.registered({ ...k64f('a', 'Light'), resources: [{ path: '/1', obs: true }] });
    expect([...it.subscriptions.pathsOf('a')]).toEqual(['/1']);
    it.subscriptions.registered(k64f('a', 'Sensor'));
    expect([...it.subscriptions.pathsOf('a')]).toEqual([]);
  });

  test('mean a board that has left for a while: what it said last may still be on its way', async () => {
    await using it = await subscribed();
    await it.subscriptions.setRules('k', [button], 'pelion');
    it.subscriptions.registered(k64f('a'));
    it.subscriptions.gone('a');
    expect(it.subscriptions.keysFor('a', BUTTON)).toEqual(['k']);
    for (let index = 0; index < 10_000; index++) {
      it.subscriptions.registered(k64f(`b${index}`));
      it.subscriptions.gone(`b${index}`);
    }
    expect(it.subscriptions.keysFor('a', BUTTON)).toEqual([]);
    expect(it.subscriptions.keysFor('b0', BUTTON)).toEqual(['k']);
  });

  test.each([
    ['mdc', []],
    ['pelion', ['/3200/0']],
  ] as const)('a PUT in %s leaves of the single paths of the key: %j', async (spoken, left) => {
    await using it = await subscribed();
    await it.subscriptions.subscribe('k', 'a', '/3200/0');
    await it.subscriptions.subscribe('l', 'a', '/3200/0');
    it.subscriptions.registered(k64f('a'));
    await it.subscriptions.setRules('k', [button], spoken);
    expect(it.subscriptions.of('k', 'a').toSorted()).toEqual([...left, BUTTON]);
    expect(it.subscriptions.of('l', 'a')).toEqual(['/3200/0']);
    it.restart();
    expect(it.subscriptions.of('k', 'a')).toEqual(left);
  });

  test.each([
    ['mdc', [button], []],
    ['pelion', [], ['/3200/0']],
  ] as const)('a DELETE in %s leaves the rules %j and the single paths %j', async (spoken, rules, left) => {
    await using it = await subscribed();
    await it.subscriptions.setRules('k', [button], spoken);
    await it.subscriptions.subscribe('k', 'a', '/3200/0');
    await it.subscriptions.dropAll('k', spoken);
    await it.subscriptions.dropAll('nobody', spoken);
    it.restart();
    expect(it.subscriptions.rules('k')).toEqual(rules);
    expect(it.subscriptions.of('k', 'a')).toEqual(left);
  });
});

test('a key that is gone wants nothing, and leaves nothing on disk', async () => {
  await using it = await subscribed();
  it.subscriptions.registered(k64f('a'));
  await it.subscriptions.setRules('k', [button], 'mdc');
  await it.subscriptions.subscribe('k', 'a', '/3200/0');
  await it.subscriptions.forgetKey('k');
  await it.subscriptions.forgetKey('k');
  expect([...it.subscriptions.pathsOf('a')]).toEqual([]);
  expect(it.file.events.records.load('subscriptions')).toEqual(new Map());
});

test('what cannot be written is told, and is written when it is asked for again', async () => {
  await using it = await subscribed();
  const { records } = it.file.events;
  const save = records.save.bind(records);
  records.save = () => Promise.reject(new StoreError('STORE_DOWN', 'full'));
  await expect(it.subscriptions.subscribe('k', 'a', '/1')).rejects.toThrow(StoreError);
  await expect(it.subscriptions.subscribe('k', 'a', '/1')).rejects.toThrow(StoreError);
  records.save = save;
  expect(await it.subscriptions.subscribe('k', 'a', '/1')).toEqual(YES);
  it.restart();
  expect(it.subscriptions.of('k', 'a')).toEqual(['/1']);
});

test('asked a second time, it does not say yes before it is on disk', async () => {
  await using it = await subscribed();
  const { records } = it.file.events;
  const save = records.save.bind(records);
  const disk = Promise.withResolvers<void>();
  records.save = async (...record) => {
    await disk.promise;
    await save(...record);
  };
  const first = it.subscriptions.subscribe('k', 'a', '/1');
  let isDone = false;
  const again = async () => {
    await it.subscriptions.subscribe('k', 'a', '/1');
    isDone = true;
  };
  const second = again();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const third = again();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(isDone).toBe(false);
  disk.resolve();
  await Promise.all([first, second, third]);
  it.restart();
  expect(it.subscriptions.of('k', 'a')).toEqual(['/1']);
});

test('names that nobody knows are not remembered; answers are those of the moment, whatever happened', async () => {
  await using it = await subscribed();
  const names = ['a', 'b'];
  const paths = [BUTTON, '/3200/0/5502'];
  const step = fc.record({
    what: fc.constantFrom('subscribe', 'unsubscribe', 'setRules', 'registered', 'gone', 'dropAll', 'forgetKey'),
    key: fc.constantFrom('k', 'l'),
    endpoint: fc.constantFrom(...names),
    path: fc.constantFrom(...paths),
    spoken: fc.constantFrom('mdc' as const, 'pelion' as const),
    rules: fc.array(fc.constantFrom<Rule>(button, { 'endpoint-name': 'a' }, { 'endpoint-type': 'x' }), {
      maxLength: 2,
    }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      for (const key of ['k', 'l']) await it.subscriptions.forgetKey(key);
      it.restart();
      /** The oracle: `key endpoint path`, rules by key, and boards that registered once. */
      const [single, rules, seen] = [new Set<string>(), new Map<string, readonly Rule[]>(), new Set<string>()];
      const wipe = (key: string) => {
        for (const one of single) if (one.startsWith(`${key} `)) single.delete(one);
      };
      for (const { what, key, endpoint, path, spoken, rules: given } of steps) {
        const { subscriptions } = it;
        if (what === 'subscribe') {
          await subscriptions.subscribe(key, endpoint, path);
          single.add(`${key} ${endpoint} ${path}`);
        } else if (what === 'unsubscribe') {
          expect(await subscriptions.unsubscribe(key, endpoint, path)).toBe(
            single.delete(`${key} ${endpoint} ${path}`),
          );
        } else if (what === 'setRules') {
          await subscriptions.setRules(key, given, spoken);
          rules.set(key, given);
          if (spoken === 'mdc') wipe(key);
        } else if (what === 'registered') {
          subscriptions.registered(k64f(endpoint));
          seen.add(endpoint);
        } else if (what === 'gone') subscriptions.gone(endpoint);
        else if (what === 'dropAll') {
          await subscriptions.dropAll(key, spoken);
          if (spoken === 'mdc') wipe(key);
          else rules.delete(key);
        } else {
          await subscriptions.forgetKey(key);
          wipe(key);
          rules.delete(key);
        }
        for (const name of names) {
          for (const each of paths) {
            const keys = ['k', 'l'].filter((one) => {
              if (single.has(`${one} ${name} ${each}`)) return true;
              if (!seen.has(name)) return false;
              return (rules.get(one) ?? []).some((rule) =>
                rule === button ? each === BUTTON : rule['endpoint-name'] === name,
              );
            });
            expect(subscriptions.keysFor(name, each).toSorted()).toEqual(keys);
            expect(subscriptions.pathsOf(name).has(each)).toBe(keys.length > 0);
            expect(subscriptions.isSubscribed('k', name, each)).toBe(keys.includes('k'));
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('asking costs the same with a thousand keys and boards that do not match', async () => {
  await using it = await subscribed();
  const ask = (): number => {
    it.subscriptions.registered(k64f('a'));
    it.subscriptions.keysFor('a', BUTTON);
    const began = performance.now();
    for (let turn = 0; turn < 200_000; turn++) it.subscriptions.keysFor('a', BUTTON);
    return performance.now() - began;
  };
  await it.subscriptions.setRules('k', [button], 'pelion');
  ask();
  const few = ask();
  const others = Array.from({ length: 1_000 }, (_, index) => `other${index}`);
  await Promise.all(others.map((key) => it.subscriptions.setRules(key, [{ 'endpoint-name': key }], 'pelion')));
  for (const name of others) it.subscriptions.registered(k64f(`x${name}`));
  expect(ask()).toBeLessThan(20 * few + 50);
});
