/** Names that sinks write under, for the dashboards that look for them. */
import { encodeName } from '../../cloud/platforms/graphite/name.ts';

/** The database, or bucket, of InfluxDB unless told. */
export const INFLUXDB_DATABASE = 'mbed';

/** Characters of names that a legend shows decoded. `~` itself comes last: what it gives back begins no code any more. */
const DECODED = ['.', ' ', ':', '/', '@', '+', '~'];
export const GRAPHITE_CODES = DECODED.map((character) => [encodeName(character), character] as const);
