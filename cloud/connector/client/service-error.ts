/** What stands between us and a service that did as asked: its refusal, or the way there. */
import { OutsideError } from '../../protocol/errors.ts';

export interface Trouble {
  readonly message: string;
  /** What to do about it, in one imperative sentence or a few. */
  readonly fix: string;
  /** The status it answered; undefined: there was no answer. */
  readonly status?: number;
  /** It may be gone by itself after a while. */
  readonly passing: boolean;
}

/** A service that refused, could not be reached, or answered what nobody understands. */
export class ServiceError extends OutsideError {
  readonly status: number | undefined;
  readonly passing: boolean;

  constructor({ message, fix, status, passing }: Trouble, options?: ErrorOptions) {
    super('SERVER', message, fix, options);
    this.status = status;
    this.passing = passing;
  }
}
