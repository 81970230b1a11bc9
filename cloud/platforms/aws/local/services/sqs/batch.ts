/** What SendMessageBatch and DeleteMessageBatch have in common: up to ten entries, each answered by its id. */
import type { Fields } from '../fields.ts';
import { Refusal } from '../refusal.ts';
import { codeOf, missing, refuse } from './errors.ts';

const MAX_ENTRIES = 10;
const ID = /^[A-Za-z0-9_-]{1,80}$/;

export interface Entry {
  readonly id: string;
  readonly fields: Fields;
}

export function entriesOf(input: Fields): Entry[] {
  const list = input.list('Entries') ?? [];
  if (list.length === 0) {
    throw refuse('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (list.length > MAX_ENTRIES) {
    throw refuse(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${list.length}.`,
    );
  }
  const entries = list.map((fields) => ({ id: idOf(fields), fields }));
  if (new Set(entries.map(({ id }) => id)).size < entries.length) {
    throw refuse('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  return entries;
}

function idOf(fields: Fields): string {
  const id = fields.string('Id');
  if (!id) throw missing('Id');
  if (ID.test(id)) return id;
  throw refuse(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores.',
  );
}

/** Does each entry's work; a refused one is told in `Failed` and keeps none of the others. */
export function eachEntry(entries: readonly Entry[], work: (entry: Entry) => object): object {
  const [successful, failed]: [object[], object[]] = [[], []];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed.push({ Id: entry.id, SenderFault: true, Code: codeOf(error), Message: error.message });
    }
  }
  return { Successful: successful, ...(failed.length > 0 ? { Failed: failed } : {}) };
}
