/** Why something failed, for people: short, on one line, and never more of an answer than its message. */

const LIMIT = 300;
/** Bytes of an answer that are looked at. */
const MOST_BYTES = 64 * 1024;

/** Of an error that `fetch` or a credential threw: with what caused it, where it says. */
export function reasonOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: unknown };
  if (typeof message !== 'string') return printable(String(error));
  const { code, message: deeper } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const why = [code, deeper].find((part) => typeof part === 'string' && part !== '');
  return printable(why === undefined ? message : `${message}: ${why}`);
}

/** `: code: message` of a refusing answer's body, '' if it has none. Never rejects. */
export async function reasonIn(response: Response): Promise<string> {
  try {
    const text = (await response.text()).slice(0, MOST_BYTES);
    return messageIn(text);
  } catch {
    return '';
  }
}

/** Azure's services write `{"error": {"code", "message"}}`, or the same without the envelope. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const { error = body } = (body ?? {}) as { error?: unknown };
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const said = [code, message].filter((part) => typeof part === 'string').map((part) => `: ${part}`);
    return printable(said.join(''));
  } catch {
    return '';
  }
}

function printable(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trimEnd();
  return line.length > LIMIT ? `${line.slice(0, LIMIT)}…` : line;
}
