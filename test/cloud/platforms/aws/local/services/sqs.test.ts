/** What a sender and a receiver of messages rely on, with the SDK's own client (which checks the bodies' digests). */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { NOON, QUEUE, type Served, serve } from './served.ts';

let served: Served;

beforeEach(async () => {
  served = await serve();
});

afterEach(() => served.stop());

const MIB = 1_048_576;

function send(MessageBody: string | undefined, more: Partial<SendMessageCommandInput> = {}) {
  return served.sqs.send(new SendMessageCommand({ QueueUrl: served.queueUrl, MessageBody, ...more }));
}

async function receive(more: Partial<ReceiveMessageCommandInput> = {}) {
  const { Messages } = await served.sqs.send(new ReceiveMessageCommand({ QueueUrl: served.queueUrl, ...more }));
  return Messages ?? [];
}

async function counts() {
  const { Attributes } = await served.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: served.queueUrl, AttributeNames: ['All'] }),
  );
  return [
    Attributes?.ApproximateNumberOfMessages,
    Attributes?.ApproximateNumberOfMessagesNotVisible,
    Attributes?.ApproximateNumberOfMessagesDelayed,
  ].map(Number);
}

test('a message is sent, handed out, hidden, handed out again, and deleted', async () => {
  const { MessageId } = await send('{"kind":"notification","key":"aside/ä"}');
  expect(await counts()).toEqual([1, 0, 0]);
  const [first] = await receive({ MessageSystemAttributeNames: ['All'] });
  expect(first).toMatchObject({
    MessageId,
    Body: '{"kind":"notification","key":"aside/ä"}',
    Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(NOON) },
  });
  expect(await receive()).toEqual([]);
  expect(await counts()).toEqual([0, 1, 0]);
  served.clock.advance(30_000);
  const [second] = await receive({ AttributeNames: ['All'] });
  expect(second).toMatchObject({ MessageId, Attributes: { ApproximateReceiveCount: '2' } });
  const removed = { QueueUrl: served.queueUrl };
  // The receipt of the first time does not delete what is handed out to somebody else by now.
  await served.sqs.send(new DeleteMessageCommand({ ...removed, ReceiptHandle: first?.ReceiptHandle }));
  expect(await counts()).toEqual([0, 1, 0]);
  await served.sqs.send(new DeleteMessageCommand({ ...removed, ReceiptHandle: second?.ReceiptHandle }));
  await served.sqs.send(new DeleteMessageCommand({ ...removed, ReceiptHandle: second?.ReceiptHandle }));
  expect(await counts()).toEqual([0, 0, 0]);
  expect(served.services.sqs.messages(QUEUE)).toEqual([]);
});

test('the first sent come first, up to ten at once', async () => {
  for (let i = 0; i < 12; i += 1) await send(`m${i}`);
  expect((await receive()).map(({ Body }) => Body)).toEqual(['m0']);
  expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(
    Array.from({ length: 10 }, (_, i) => `m${i + 1}`),
  );
  expect(served.services.sqs.messages(QUEUE).map(({ body }) => body)).toHaveLength(12);
});

test('a delayed message is there when its time has come', async () => {
  await send('later', { DelaySeconds: 60 });
  expect([await receive(), await counts()]).toEqual([[], [0, 0, 1]]);
  served.clock.advance(60_000);
  expect(await receive()).toMatchObject([{ Body: 'later' }]);
});

test('messages older than four days are gone', async () => {
  await send('old');
  served.clock.advance(345_600_000 - 1);
  expect(await counts()).toEqual([1, 0, 0]);
  served.clock.advance(1);
  expect([await receive(), await counts()]).toEqual([[], [0, 0, 0]]);
});

test('a receiver that waits is woken by a message', async () => {
  const waiting = receive({ WaitTimeSeconds: 20 });
  await served.clock.someoneSleeps();
  await send('now');
  expect(await waiting).toMatchObject([{ Body: 'now' }]);
  expect(served.clock.sleeping).toBe(0);
});

test('a receiver that waits is woken when a message becomes visible again', async () => {
  await send('again');
  await receive({ VisibilityTimeout: 5 });
  const waiting = receive({ WaitTimeSeconds: 20 });
  await served.clock.someoneSleeps();
  served.clock.advance(5_000);
  expect(await waiting).toMatchObject([{ Body: 'again' }]);
});

test('a receiver waits as long as it said, then has nothing', async () => {
  const waiting = receive({ WaitTimeSeconds: 2 });
  await served.clock.someoneSleeps();
  served.clock.advance(2_000);
  expect(await waiting).toEqual([]);
});

test('a receiver that went away takes no message along', async () => {
  const gone = new AbortController();
  const command = new ReceiveMessageCommand({ QueueUrl: served.queueUrl, WaitTimeSeconds: 20 });
  const waiting = served.sqs.send(command, { abortSignal: gone.signal });
  await served.clock.someoneSleeps();
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  while (served.clock.sleeping > 0) await new Promise(setImmediate);
  await send('for another');
  expect(await counts()).toEqual([1, 0, 0]);
});

test('closing the server ends who waits', async () => {
  const waiting = receive({ WaitTimeSeconds: 20 });
  const ended = expect(waiting).rejects.toThrow();
  await served.clock.someoneSleeps();
  await served.stop();
  await ended;
  served = await serve();
});

test('a message can be hidden for longer, or given back', async () => {
  await send('m');
  const [message] = await receive();
  const change = (VisibilityTimeout: number) =>
    served.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: served.queueUrl,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout,
      }),
    );
  await change(60);
  served.clock.advance(59_999);
  expect(await receive()).toEqual([]);
  const waiting = receive({ WaitTimeSeconds: 20 });
  await served.clock.someoneSleeps();
  await change(0);
  expect(await waiting).toHaveLength(1);
  await expect(change(5)).rejects.toMatchObject({ name: 'MessageNotInflight' });
});

test('a batch: each entry is answered by its id, and a bad one keeps none of the others', async () => {
  const { Successful, Failed } = await served.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: served.queueUrl,
      Entries: [
        { Id: 'a', MessageBody: 'one' },
        { Id: 'b', MessageBody: 'two\u0000' },
        { Id: 'c', MessageBody: 'three', DelaySeconds: 901 },
      ],
    }),
  );
  expect(Successful?.map(({ Id }) => Id)).toEqual(['a']);
  expect(Failed).toMatchObject([
    { Id: 'b', SenderFault: true, Code: 'InvalidMessageContents' },
    { Id: 'c', SenderFault: true, Code: 'InvalidParameterValue' },
  ]);
  const [message] = await receive();
  const deleted = await served.sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: served.queueUrl,
      Entries: [
        { Id: 'a', ReceiptHandle: message?.ReceiptHandle },
        { Id: 'b', ReceiptHandle: 'none' },
      ],
    }),
  );
  expect(deleted).toMatchObject({ Successful: [{ Id: 'a' }], Failed: [{ Id: 'b', Code: 'ReceiptHandleIsInvalid' }] });
  expect(await counts()).toEqual([0, 0, 0]);
});

test('attributes of a message: those that are asked for, digested as documented', async () => {
  const MessageAttributes = {
    kind: { DataType: 'String', StringValue: 'record' },
    count: { DataType: 'Number', StringValue: '3' },
    raw: { DataType: 'Binary.x', BinaryValue: new Uint8Array([1, 2]) },
  };
  const { MD5OfMessageAttributes } = await send('m', { MessageAttributes });
  const [message] = await receive({ MessageAttributeNames: ['All'] });
  expect(message?.MessageAttributes).toEqual(MessageAttributes);
  expect(message?.MD5OfMessageAttributes).toBe(MD5OfMessageAttributes);
  served.clock.advance(30_000);
  expect(
    Object.keys((await receive({ MessageAttributeNames: ['cou.*', 'kind'] }))[0]?.MessageAttributes ?? {}),
  ).toEqual(['kind']);
});

test('a queue is made once, found by name, and purged', async () => {
  const Attributes = { VisibilityTimeout: '5' };
  const made = await served.sqs.send(new CreateQueueCommand({ QueueName: 'other', Attributes }));
  expect(made.QueueUrl).toBe(`${served.url}/000000000000/other`);
  expect(await served.sqs.send(new CreateQueueCommand({ QueueName: 'other', Attributes }))).toMatchObject({
    QueueUrl: made.QueueUrl,
  });
  await expect(
    served.sqs.send(new CreateQueueCommand({ QueueName: 'other', Attributes: { VisibilityTimeout: '6' } })),
  ).rejects.toMatchObject({ name: 'QueueNameExists' });
  expect((await served.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }))).QueueUrl).toBe(served.queueUrl);
  const { Attributes: asked } = await served.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: made.QueueUrl, AttributeNames: ['VisibilityTimeout', 'QueueArn'] }),
  );
  expect(asked).toEqual({ VisibilityTimeout: '5', QueueArn: 'arn:aws:sqs:local:000000000000:other' });
  await send('gone');
  await served.sqs.send(new PurgeQueueCommand({ QueueUrl: served.queueUrl }));
  expect(await counts()).toEqual([0, 0, 0]);
  const again = served.sqs.send(new PurgeQueueCommand({ QueueUrl: served.queueUrl }));
  await expect(again).rejects.toMatchObject({ name: 'PurgeQueueInProgress', $metadata: { httpStatusCode: 403 } });
});

test('a message of 1 MiB is taken', async () => {
  await send('"'.repeat(MIB));
  expect((await receive())[0]?.Body).toHaveLength(MIB);
});

const INVALID = { name: 'InvalidParameterValue', Code: 'InvalidParameterValue' };

test.each<[string, () => Promise<unknown>, object]>([
  ['a message of 1 MiB and a byte', () => send('x'.repeat(MIB + 1)), INVALID],
  ['2 bytes a character count as 2', () => send('é'.repeat(MIB / 2 + 1)), INVALID],
  [
    'attributes that make it longer',
    () => send('x'.repeat(MIB), { MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } }),
    INVALID,
  ],
  ['an empty message', () => send(''), { Code: 'MissingParameter' }],
  ['no message', () => send(undefined), { Code: 'MissingParameter' }],
  ['a control character', () => send('a\u001f'), { name: 'InvalidMessageContents' }],
  ['half a character', () => send('\ud800'), { name: 'InvalidMessageContents' }],
  ['a delay of 901 s', () => send('m', { DelaySeconds: 901 }), INVALID],
  ['a group', () => send('m', { MessageGroupId: 'g' }), { name: 'UnsupportedOperation' }],
  [
    'an attribute that is no number',
    () => send('m', { MessageAttributes: { a: { DataType: 'Number', StringValue: 'b' } } }),
    INVALID,
  ],
  [
    'an attribute name of the service',
    () => send('m', { MessageAttributes: { 'AWS.a': { DataType: 'String', StringValue: 'b' } } }),
    INVALID,
  ],
  ['11 messages at once', () => receive({ MaxNumberOfMessages: 11 }), INVALID],
  ['no messages', () => receive({ MaxNumberOfMessages: 0 }), INVALID],
  ['waiting for 21 s', () => receive({ WaitTimeSeconds: 21 }), INVALID],
  ['hiding for more than 12 hours', () => receive({ VisibilityTimeout: 43_201 }), INVALID],
  ['an unknown queue', () => receive({ QueueUrl: `${served.url}/0/none` }), queueGone()],
  ['no queue', () => receive({ QueueUrl: '' }), { Code: 'MissingParameter' }],
  ['an unknown queue by name', () => served.sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })), queueGone()],
  ['a queue name with a dot', () => served.sqs.send(new CreateQueueCommand({ QueueName: 'a.fifo' })), INVALID],
  [
    'an unknown attribute of a queue',
    () => served.sqs.send(new CreateQueueCommand({ QueueName: 'a', Attributes: { FifoQueue: 'true' } })),
    { name: 'InvalidAttributeName' },
  ],
  [
    'a bad value of one',
    () => served.sqs.send(new CreateQueueCommand({ QueueName: 'a', Attributes: { DelaySeconds: '-1' } })),
    { name: 'InvalidAttributeValue' },
  ],
  [
    'a receipt that is none',
    () => served.sqs.send(new DeleteMessageCommand({ QueueUrl: served.queueUrl, ReceiptHandle: 'x' })),
    { name: 'ReceiptHandleIsInvalid', $metadata: { httpStatusCode: 404 } },
  ],
  ['an empty batch', () => batch([]), { name: 'EmptyBatchRequest' }],
  [
    'a batch of 11',
    () => batch(Array.from({ length: 11 }, (_, i) => [`${i}`, 'm'])),
    { name: 'TooManyEntriesInBatchRequest' },
  ],
  [
    'a batch with an id twice',
    () =>
      batch([
        ['a', 'm'],
        ['a', 'm'],
      ]),
    { name: 'BatchEntryIdsNotDistinct' },
  ],
  ['a batch with a bad id', () => batch([['a b', 'm']]), { name: 'InvalidBatchEntryId' }],
  [
    'a batch of more than 1 MiB',
    () =>
      batch([
        ['a', 'x'.repeat(MIB)],
        ['b', 'x'],
      ]),
    { name: 'BatchRequestTooLong' },
  ],
])('%s: refused', async (_what, ask, error) => {
  await expect(ask()).rejects.toMatchObject(error);
  expect(served.services.sqs.messages(QUEUE)).toEqual([]);
});

/** The SDK's exception, and what the older protocol called it. */
function queueGone(): object {
  return { name: 'QueueDoesNotExist', Code: 'AWS.SimpleQueueService.NonExistentQueue' };
}

function batch(entries: string[][]) {
  const Entries = entries.map(([Id, MessageBody]) => ({ Id, MessageBody }));
  return served.sqs.send(new SendMessageBatchCommand({ QueueUrl: served.queueUrl, Entries }));
}
