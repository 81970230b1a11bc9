import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Timeline } from '../../../simulator/fleet/timeline.ts';

test('gives things in order of time, and of arrival at the same moment, however they come and go', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('take' as const)), { maxLength: 200 }),
      (steps) => {
        const timeline = new Timeline<number>();
        const model: { at: number; what: number }[] = [];
        for (const [what, step] of steps.entries()) {
          if (step !== 'take') {
            timeline.add(step, what);
            model.push({ at: step, what });
            model.sort((a, b) => a.at - b.at || a.what - b.what);
          } else {
            expect(timeline.nextAt).toBe(model[0]?.at ?? Number.POSITIVE_INFINITY);
            const taken = timeline.take();
            const wanted = model.shift();
            expect(taken && { at: taken.at, what: taken.what }).toEqual(wanted);
          }
        }
      },
    ),
  );
});
