/** What `mts platforms` says of Graphite. */
import type { PlatformFacts } from '../../ingest/platform-facts.ts';

export const facts: PlatformFacts = {
  name: 'graphite',
  store: 'SQLite in a folder of this machine',
  sink: "Graphite: carbon's plaintext or pickle port, and graphite-web's render API to see what arrived",
  needs:
    'A carbon and a graphite-web of yours, of version 1.1; with --platform graphite alone, those of Debian or Ubuntu (packages graphite-carbon and graphite-web) are started for you.',
  exact:
    'The store is exact. The graph is told absolute totals, again and again until graphite-web shows them: telling one twice, late or out of order changes nothing. What carbon held in memory when it was killed is lost from the graph, as it acknowledges nothing; `verify --sink` finds it.',
  cost: 'Nothing but your server: https://graphiteapp.org',
  limits: [
    'storage-schemas.conf needs a line (`mts graphite schemas`): without it Debian keeps an hour for a day, and then loses most of it',
    'MAX_CREATES_PER_MINUTE in carbon.conf: of boards above it (Debian: 50 a minute) carbon drops the first totals without a word; they are told again until they are there',
    'a name of a board takes 251 bytes at most, in which a letter, digit, _ or - takes one, and any other byte three',
    'five years of hours; what is older is refused',
    'an hour is shown when it has begun',
  ],
  start: [
    'graphite schemas --carbon-conf-dir /etc/carbon',
    'up --platform graphite',
    'ingest --platform graphite --data ./presses --carbon 127.0.0.1:2003 --graphite-url http://127.0.0.1:8080',
  ],
};
