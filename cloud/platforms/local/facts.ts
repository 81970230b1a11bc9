/** What `mts platforms` says of the local platform. */
import type { PlatformFacts } from '../../ingest/platform-facts.ts';

export const facts: PlatformFacts = {
  name: 'local',
  store: 'SQLite: one file in the folder of --data (local)',
  sink: 'none: the live page and `mts report` read the store',
  needs: 'This machine alone. Nothing is installed beside the project, and no account is needed.',
  exact:
    'Counts: each press once; state and hours change in one transaction, which is on the disk before a message is acknowledged. ' +
    'Page: the store itself, so it shows neither more nor less.',
  cost: 'No service is paid: what this machine costs.',
  limits: [
    'One machine: several processes may write to one folder at once, over no network drive, and one waits for the other 15 s at most (then 503, and the sender tries again).',
    'What is not understood takes 1 GiB at most, or what --max-aside says; beyond that messages that would add to it are answered 503.',
    'Nobody copies the folder: a backup is yours to make.',
  ],
  start: ['up', 'ingest --data ./presses', 'page --data ./presses', 'report --data ./presses --from 24h'],
};
