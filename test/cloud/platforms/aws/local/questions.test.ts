/** When all that was written so far is done: only looks and lists that began after the question count. */
import { expect, test } from '@jest/globals';
import { Questions } from '../../../../../cloud/platforms/aws/local/event-source/questions.ts';

test('two looks at each shard that began after the question, and a list that did, settle it', async () => {
  const questions = new Questions();
  const before = questions.latest;
  const asked = watched(questions.ask());
  const after = questions.latest;
  expect(questions.open).toBe(true);

  // Looks that began before do not count, nor does one alone.
  questions.answer('a', before);
  questions.answer('a', before);
  questions.settle(['a'], after);
  expect(await asked.isSettled()).toBe(false);
  expect(questions.answer('a', after)).toBe(false);
  questions.settle(['a'], after);
  expect(await asked.isSettled()).toBe(false);

  // Every shard has to answer, and the list has to be of afterwards.
  expect(questions.answer('a', after)).toBe(true);
  questions.settle(['a', 'b'], after);
  questions.settle(['a'], before);
  expect(await asked.isSettled()).toBe(false);
  questions.settle(['a'], after);
  expect(await asked.isSettled()).toBe(true);
  expect(questions.open).toBe(false);
});

test('a shard that was read to its end is not waited for, and its answers are not those of another', async () => {
  const questions = new Questions();
  const asked = watched(questions.ask());
  for (let look = 0; look < 2; look += 1) questions.answer('a', questions.latest);
  questions.forget('a');
  questions.settle(['a'], questions.latest);
  expect(await asked.isSettled()).toBe(false);
  questions.settle([], questions.latest);
  expect(await asked.isSettled()).toBe(true);
});

test('who waits when all ends is refused', async () => {
  const questions = new Questions();
  const asked = questions.ask();
  questions.refuse(new Error('closed'));
  await expect(asked).rejects.toThrow('closed');
});

function watched(asked: Promise<void>) {
  let settled = false;
  void asked.then(() => {
    settled = true;
  });
  return {
    isSettled: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return settled;
    },
  };
}
