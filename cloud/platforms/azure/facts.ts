/** What `mts platforms` says of Azure. All of it is told at length in README.md beside this file. */
import type { PlatformFacts } from '../../ingest/platform-facts.ts';

export const facts: PlatformFacts = {
  name: 'azure',
  store: 'Table storage (table), behind Azure Functions; blobs and a queue for what is not understood',
  sink: 'Azure Monitor (azure-monitor), as a custom metric of the function app, with a workbook',
  needs:
    'An Azure subscription, and `az` to deploy the template and the zip that `mts azure` makes: nobody has deployed them yet. On this machine instead: Azurite, from npm; the rest is stood in for.',
  exact:
    'Counts: each press once; state and hour change in one transaction with a condition. Graph: Azure Monitor adds up, so it is told ' +
    'increments, each at most once. It never shows more than was counted; it shows less where an answer was lost, and of hours that are over for more than 19 minutes. `verify --sink` finds what is missing.',
  cost: 'Executions and memory of functions, operations on the table, data in logs, custom metrics once Azure charges for them. https://azure.microsoft.com/pricing/details/functions/ and /monitor/',
  limits: [
    'Azure Monitor takes nothing older than 20 minutes: presses that come later are counted in the table alone.',
    'A subscription has 50,000 active series (boards with presses within 12 hours) in a region; beyond them Azure Monitor drops some without a word.',
    'The graph has no board whose name has more than 256 characters, or blanks alone: it is counted in the table alone.',
    'A message of more than 64 MiB is refused, and each is worked on for 15 s at most; what does not fit is answered 503 and sent again.',
  ],
  start: ['up --platform azure', 'azure synth > template.json', 'azure bundle --out ./functions'],
};
