import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventQueue } from '../../../../simulator/links/webhook/queue.ts';

test('is first in, first out, and lets the oldest go when it is full', () => {
  const steps = fc.array(fc.oneof(fc.constant('push' as const), fc.integer({ min: 0, max: 9 })), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, (cap, plan) => {
      const queue = new EventQueue<number>(cap);
      const model: number[] = [];
      for (const [item, step] of plan.entries()) {
        if (step === 'push') {
          model.push(item);
          expect(queue.push(item)).toBe(model.length > cap ? model.shift() : undefined);
        } else expect(queue.take(step)).toEqual(model.splice(0, step));
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
