/** CloudWatch's errors by the names that its SDK turns into exceptions. */
import { Refusal, type RefusalKind } from '../refusal.ts';

const KINDS = {
  InvalidParameterValue: {
    status: 400,
    type: 'com.amazonaws.cloudwatch#InvalidParameterValueException',
    queryCode: 'InvalidParameterValue',
  },
  InvalidParameterCombination: {
    status: 400,
    type: 'com.amazonaws.cloudwatch#InvalidParameterCombinationException',
    queryCode: 'InvalidParameterCombination',
  },
  MissingParameter: {
    status: 400,
    type: 'com.amazonaws.cloudwatch#MissingRequiredParameterException',
    queryCode: 'MissingParameter',
  },
  InvalidNextToken: { status: 400, type: 'com.amazonaws.cloudwatch#InvalidNextToken', queryCode: 'InvalidNextToken' },
  ValidationError: { status: 400, type: 'com.amazonaws.cloudwatch#ValidationException', queryCode: 'ValidationError' },
} as const satisfies Record<string, RefusalKind>;

export type CloudWatchError = keyof typeof KINDS;

export const THROTTLED: RefusalKind = {
  status: 400,
  type: 'com.amazon.coral.availability#ThrottlingException',
};
export const BROKEN: RefusalKind = {
  status: 500,
  type: 'com.amazonaws.cloudwatch#InternalServiceFault',
  queryCode: 'InternalServiceError',
};

export function refuse(error: CloudWatchError, message: string): Refusal {
  return new Refusal(KINDS[error], message);
}

/** What is wrong with a request, gathered; the service tells all of one kind at once, a line each. */
export class Complaints {
  readonly #found: { readonly error: CloudWatchError; readonly message: string }[] = [];
  readonly #always: CloudWatchError | undefined;

  /** `always`: the one kind that an operation knows for whatever is wrong. */
  constructor(always?: CloudWatchError) {
    this.#always = always;
  }

  add(error: CloudWatchError, message: string): void {
    this.#found.push({ error: this.#always ?? error, message });
  }

  /** Throws the first complaint with all others of its kind, if there is one. */
  throwAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const same = this.#found.filter(({ error }) => error === first.error);
    throw refuse(first.error, same.map(({ message }) => message).join('\n'));
  }
}
