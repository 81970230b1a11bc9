/** What boards have to know of who wants what: the type is theirs, subscriptions.ts keeps it. */
export type { Interests } from '../boards/interests.ts';
