/** What handlers say: Powertools' Logger is one. Never a header, a body or a key that somebody signs with. */
export interface HandlerLog {
  info(message: string, ...more: Record<string, unknown>[]): void;
  warn(message: string, ...more: Record<string, unknown>[]): void;
  error(message: string, ...more: Record<string, unknown>[]): void;
}

/** An error for the log, with its fix where it has one. */
export function loggable(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const { code, fix } = error as { code?: unknown; fix?: unknown };
  return { error: { name: error.name, message: error.message, code, fix, stack: error.stack } };
}
