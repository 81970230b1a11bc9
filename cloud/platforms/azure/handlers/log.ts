/** An error for the log, with its fix where it has one. Never a header, a body or a key. */
export function loggable(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const { name, message, stack } = error;
  const { code, fix } = error as { code?: unknown; fix?: unknown };
  return { error: { name, message, code, fix, stack } };
}
