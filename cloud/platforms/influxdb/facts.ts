/** What `mts platforms` says of InfluxDB. */
import type { PlatformFacts } from '../../ingest/platform-facts.ts';

export const facts: PlatformFacts = {
  name: 'influxdb',
  store: 'SQLite in a folder of this machine',
  sink: 'InfluxDB 1.x, 2.x or 3 Core, by /write and /query: a point an hour in the measurement button_presses',
  needs:
    'An InfluxDB of yours and, where it asks for one, a token or login; with --platform influxdb alone, `mts up` starts that of Debian or Ubuntu (package influxdb).',
  exact:
    'The store is exact. The graph is told absolute totals, again until they were taken: a point is replaced by the next, so telling it twice changes nothing. A server that loses points it took (restored from a backup) is found by `verify --sink`.',
  cost: 'Nothing but your server; InfluxDB Cloud by data in, stored and queried: https://www.influxdata.com/influxdb-pricing/',
  limits: [
    'no name with a backslash at its end, or before a blank, comma, equals sign or backslash: line protocol cannot say it',
    'hours older than the retention of the database or bucket are refused',
    'a database, or a bucket of 2.x with its mapping, is made where that is allowed; else it must be there',
    '1.x takes 100,000 boards a database (max-values-per-tag), unless its configuration says more: what is beyond is refused',
    'a field `count` that somebody wrote as another type keeps our points out',
  ],
  start: [
    'up --platform influxdb',
    'ingest --platform influxdb --data ./presses --influx-url http://127.0.0.1:8086 --influx-database mbed',
  ],
};
