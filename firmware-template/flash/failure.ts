/** That a board was not flashed, or not seen to do what was asked for: an outcome with a cause, not a fault of the program. */
import { MtsError } from '../../cloud/protocol/errors.ts';
import type { Cause } from './causes.ts';

export class FlashFailure extends MtsError {
  /** Its word and exit status are in causes.ts. */
  readonly flashCause: Cause;
  /** What to do next. */
  declare readonly fix: string;

  constructor(cause: Cause, message: string, fix: string, options?: ErrorOptions) {
    super('FLASH', message, fix, options);
    this.flashCause = cause;
  }
}
