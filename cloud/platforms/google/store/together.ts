/**
 * Counts many endpoints with few commits: a commit of many endpoints is atomic as well, and one whose state is not what was thought
 * refuses them all, so that each is then counted by itself.
 */
import type { EndpointEvents } from '../../../ingest/events.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { type Counted, countEndpoint, findHolder, isSame, nextStep, type Step, sizeOf, stage } from './counter.ts';
import type { Documents } from './documents.ts';
import { failureOf } from './failure.ts';
import type { Holder } from './holder.ts';
import { PARALLEL, type Patience } from './requests.ts';

export interface OneOfMany {
  readonly events: readonly EndpointEvents[];
  readonly known: Holder;
}

/** Fewer are committed each by itself: one that is contended would hold up the others. */
const FEW = 16;
const MOST_WRITES = 200;

export async function countMany(
  documents: Documents,
  all: readonly OneOfMany[],
  patience: () => Patience,
  counted: (one: Counted) => void,
): Promise<void> {
  if (all.length < FEW) {
    await inParallel(all, PARALLEL, async ({ events, known }) => {
      counted(await countEndpoint(documents, events, known, patience()));
    });
    return;
  }
  const alone: OneOfMany[] = [];
  const planned: Planned[] = [];
  for (const one of all) {
    const step = one.known.due.size > 0 ? undefined : nextStep(one.known, one.events);
    if (step === undefined || step.due.size > 0) alone.push(one);
    else planned.push({ ...one, step });
  }
  await inParallel(groupsOf(planned), PARALLEL, async (group) => {
    if (!(await commit(documents, group, patience(), counted))) alone.push(...group);
  });
  await inParallel(alone, PARALLEL, async (one) => {
    const { events, known } = one;
    const present = 'step' in one ? await findHolder(documents, known.state.endpoint, patience()) : known;
    // Of a commit without an answer: done after all.
    if ('step' in one && isSame(present, (one as Planned).step)) counted({ ...(one as Planned).step, holder: present });
    else counted(await countEndpoint(documents, events, present, patience()));
  });
}

interface Planned extends OneOfMany {
  readonly step: Step;
}

/** False if it was not done, or nobody knows. StoreError if no later try will do. */
async function commit(
  documents: Documents,
  group: readonly Planned[],
  patience: Patience,
  counted: (one: Counted) => void,
): Promise<boolean> {
  const batch = documents.firestore.batch();
  for (const { step, known } of group) stage(batch, documents, step, known);
  try {
    const [first] = await patience.inTime(batch.commit());
    for (const { step } of group) {
      const { state, due, presses, stale } = step;
      counted({ presses, stale, holder: { updated: first?.writeTime, state, due } });
    }
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'hopeless') throw failure.error;
    return false;
  }
}

function* groupsOf(planned: readonly Planned[]): Generator<Planned[], void, undefined> {
  let [group, writes]: [Planned[], number] = [[], 0];
  for (const one of planned) {
    const size = sizeOf(one.step);
    if (writes + size > MOST_WRITES && group.length > 0) {
      yield group;
      [group, writes] = [[], 0];
    }
    group.push(one);
    writes += size;
  }
  if (group.length > 0) yield group;
}
