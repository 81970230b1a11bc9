/** A request that a service refuses, as the service itself would: answered to the caller, never thrown out of a stand-in. */
import { MtsError } from '../../../../protocol/errors.ts';

export interface RefusalKind {
  /** HTTP status. */
  readonly status: number;
  /** What the JSON protocol calls it (`__type`), or S3 (`Code`). */
  readonly type: string;
  /** What the older query protocol called it, where that differs: the SDK shows it as `Code`. */
  readonly queryCode?: string;
}

export class Refusal extends MtsError {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super('REFUSED', message);
    this.kind = kind;
  }
}

/** What every JSON service of AWS answers in the same way, before it looks at what is asked. */
export const GENERAL = {
  unsigned: { status: 403, type: 'MissingAuthenticationTokenException', queryCode: 'MissingAuthenticationToken' },
  unknownOperation: { status: 400, type: 'com.amazon.coral.service#UnknownOperationException' },
  malformed: { status: 400, type: 'com.amazon.coral.service#SerializationException', queryCode: 'MalformedInput' },
  tooLarge: { status: 413, type: 'RequestEntityTooLarge' },
} as const satisfies Record<string, RefusalKind>;
