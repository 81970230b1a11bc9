/** What handlers are handed in tests: a server, and a log that remembers. */
import type { HandlerLog, Severity } from '../../../../../cloud/platforms/google/handlers/log.ts';

export { hostFunction as serveFunction } from '../../../../../cloud/platforms/google/local/function-host.ts';
export type { Served as ServedFunction } from '../../../../../cloud/platforms/google/local/http.ts';

export interface Said {
  readonly severity: Severity;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

export function hearing(): { readonly said: Said[]; readonly log: HandlerLog } {
  const said: Said[] = [];
  return { said, log: (severity, message, fields) => said.push({ severity, message, fields }) };
}
