/** SQS's errors by the names that its SDK turns into exceptions, with the older protocol's codes. */
import { Refusal, type RefusalKind } from '../refusal.ts';

const OLD = 'AWS.SimpleQueueService.';

/** Name, HTTP status, the older code where it is another. */
const KINDS = {
  QueueDoesNotExist: [400, `${OLD}NonExistentQueue`],
  QueueNameExists: [400, 'QueueAlreadyExists'],
  InvalidAttributeName: [400],
  InvalidAttributeValue: [400],
  InvalidMessageContents: [400],
  InvalidParameterValueException: [400, 'InvalidParameterValue'],
  MissingRequiredParameterException: [400, 'MissingParameter'],
  EmptyBatchRequest: [400, `${OLD}EmptyBatchRequest`],
  TooManyEntriesInBatchRequest: [400, `${OLD}TooManyEntriesInBatchRequest`],
  BatchEntryIdsNotDistinct: [400, `${OLD}BatchEntryIdsNotDistinct`],
  InvalidBatchEntryId: [400, `${OLD}InvalidBatchEntryId`],
  BatchRequestTooLong: [400, `${OLD}BatchRequestTooLong`],
  ReceiptHandleIsInvalid: [404],
  MessageNotInflight: [400, `${OLD}MessageNotInflight`],
  PurgeQueueInProgress: [403, `${OLD}PurgeQueueInProgress`],
  OverLimit: [403],
  UnsupportedOperation: [400, `${OLD}UnsupportedOperation`],
} as const satisfies Record<string, readonly [number, string?]>;

export type SqsError = keyof typeof KINDS;

export const THROTTLED: RefusalKind = {
  status: 403,
  type: 'com.amazonaws.sqs#RequestThrottled',
  queryCode: 'RequestThrottled',
};
export const BROKEN: RefusalKind = { status: 500, type: 'com.amazonaws.sqs#InternalError', queryCode: 'InternalError' };

export function refuse(error: SqsError, message: string): Refusal {
  const [status, queryCode] = KINDS[error];
  return new Refusal({ status, type: `com.amazonaws.sqs#${error}`, queryCode: queryCode ?? error }, message);
}

/** Most of what can be wrong with a value: the service puts a sentence before it. */
export function invalid(reason: string): Refusal {
  return refuse('InvalidParameterValueException', `One or more parameters are invalid. Reason: ${reason}`);
}

export function missing(member: string): Refusal {
  return refuse('MissingRequiredParameterException', `The request must contain the parameter ${member}.`);
}

/** The code that a batch's answer gives for an entry that was refused. */
export function codeOf({ kind }: Refusal): string {
  return kind.queryCode ?? kind.type;
}
