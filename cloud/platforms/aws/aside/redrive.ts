/**
 * Messages by MQTT that nobody could take are in the failure queue: what Lambda gave up after its tries, and what the rule could
 * not hand to Lambda. This gives them another try, and takes those out of the queue that were taken.
 *
 * Notices of what was set aside, and of the stream, stay where they are.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 */
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

export interface RedriveOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Takes the event of the rule; rejects if it has to come again. */
  readonly take: (event: { readonly body: string; readonly endpoint: string }) => Promise<void>;
  /** Begins no further message. */
  readonly stop: AbortSignal;
}

export interface Redriven {
  readonly taken: number;
  /** Messages of the queue that are something else. */
  readonly others: number;
}

/** Seconds in which nobody else is handed a message that is being looked at. */
const VISIBILITY_S = 120;
/** Seconds to wait for one: SQS asks only some of its servers otherwise. */
const WAIT_S = 1;
const MOST = 10;

/** Until the queue has nothing that was not looked at. Rejects as `take` and the SDK do; running it again goes on. */
export async function redrive({ client, queueUrl, take, stop }: RedriveOptions): Promise<Redriven> {
  const others = new Set<string>();
  let taken = 0;
  while (!stop.aborted) {
    const received = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MOST,
        VisibilityTimeout: VISIBILITY_S,
        WaitTimeSeconds: WAIT_S,
      }),
    );
    const messages = (received.Messages ?? []).filter(({ MessageId = '' }) => !others.has(MessageId));
    if (messages.length === 0) break;
    for (const message of messages) {
      const event = eventOf(message);
      if (event === undefined) {
        others.add(message.MessageId ?? '');
        continue;
      }
      await take(event);
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
      taken += 1;
    }
  }
  return { taken, others: others.size };
}

function eventOf({ Body = '' }: Message): { readonly body: string; readonly endpoint: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Body);
  } catch {
    return undefined;
  }
  const { requestPayload, topic, base64OriginalPayload } = fieldsOf(value);
  const { body, endpoint } = fieldsOf(requestPayload);
  if (typeof body === 'string' && typeof endpoint === 'string') return { body, endpoint };
  const name = typeof topic === 'string' ? topic.split('/')[1] : undefined;
  if (typeof base64OriginalPayload !== 'string' || name === undefined) return undefined;
  return { body: base64OriginalPayload, endpoint: name };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
