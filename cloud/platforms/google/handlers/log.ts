/**
 * What the functions say: one line of JSON each, as Cloud Logging reads it. Never a header, a body or a key.
 *
 * https://cloud.google.com/logging/docs/structured-logging
 */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

export type HandlerLog = (severity: Severity, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** `write` is given whole lines. */
export function jsonLog(write: (line: string) => void): HandlerLog {
  return (severity, message, fields = {}) => write(`${JSON.stringify({ ...fields, severity, message })}\n`);
}

/** An error for the log, with its fix where it has one. */
export function loggable(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const { code, fix } = error as { code?: unknown; fix?: unknown };
  return { error: { name: error.name, message: error.message, code, fix, stack: error.stack } };
}
