/** Questions to the server this page came from, with the key that was given. */
import type { Asked, BoardDetail, Overview } from '../answer.ts';

const KEPT = 'connector-key';

/** The server refused, or cannot be reached (status 0). */
export class ServerError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function key(): string | null {
  return sessionStorage.getItem(KEPT);
}

export function keep(text: string | null): void {
  if (text === null) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, text);
}

export function overview(match: string, from: number): Promise<Overview> {
  return ask(`api/overview?${new URLSearchParams({ match, from: String(from) })}`);
}

export function detail(endpoint: string): Promise<BoardDetail> {
  return ask(`api/boards/${encodeURIComponent(endpoint)}`);
}

export function request(endpoint: string, method: string, path: string, text?: string): Promise<Asked> {
  return ask(`api/boards/${encodeURIComponent(endpoint)}/ask`, { method, path, text });
}

export function subscribe(endpoint: string, path: string, on: boolean): Promise<{ readonly subscribed: boolean }> {
  return ask(`api/boards/${encodeURIComponent(endpoint)}/subscription`, { path, on });
}

async function ask<T>(path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${key() ?? ''}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    const method = body === undefined ? 'GET' : 'POST';
    response = await fetch(new URL(path, document.baseURI), {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ServerError(0, 'the connector cannot be reached');
  }
  const answer = (await response.json().catch(() => ({}))) as T & { readonly message?: string };
  if (!response.ok) throw new ServerError(response.status, answer.message ?? `it answered ${response.status}`);
  return answer;
}
