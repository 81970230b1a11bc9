/** A request that the stand-in refuses as Azure Monitor would: answered to the caller, never thrown out of it. */
import { MtsError } from '../../../../protocol/errors.ts';

export class Refusal extends MtsError {
  readonly status: number;
  /** What Azure calls it. */
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super('REFUSED', message);
    this.status = status;
    this.kind = kind;
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}
