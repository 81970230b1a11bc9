/** How Google's JSON APIs refuse: a status in the answer's body beside the one in its head. https://cloud.google.com/apis/design/errors */
import type { LocalAnswer } from './http.ts';

export type RefusalStatus = 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'UNAUTHENTICATED' | 'UNIMPLEMENTED';

const CODES: Readonly<Record<RefusalStatus, number>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  UNIMPLEMENTED: 501,
};

/** A request that the service refuses. */
export class Refusal extends Error {
  readonly status: RefusalStatus;
  readonly details: readonly object[];

  constructor(status: RefusalStatus, message: string, details: readonly object[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

export function json(status: number, body: object): LocalAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify(body) };
}

export function refused({ status, message, details }: Refusal): LocalAnswer {
  const code = CODES[status];
  return json(code, { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } });
}
