/** `mts aws redrive`: messages by MQTT that were given up while the store was down, on another try. */
import type { InferredOptionTypes } from 'yargs';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import { OutsideError, StoreError } from '../../cloud/protocol/errors.ts';
import type { Verb } from '../cli.ts';
import { accountOptions, prefixOption } from './account-words.ts';

const options = {
  ...accountOptions,
  ...prefixOption,
  queue: { type: 'string', describe: 'URL of the failure queue; else as the deployed stack says' },
  bucket: { type: 'string', describe: 'The bucket of what is set aside; else as the deployed stack says' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const redriveAction: Verb<Args> = (io) => ({
  examples: [
    ['aws redrive', 'After DynamoDB was down for longer than Lambda tries: count what came by MQTT meanwhile'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const { awsFrom, clientConfig, deployedOutput, openAwsStore } = await import('./store.ts');
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    const { redrive } = await import('../../cloud/platforms/aws/aside/redrive.ts');
    const { iotHandler } = await import('../../cloud/platforms/aws/handlers/iot.ts');
    const { Deadline, WRITING_MS } = await import('../../cloud/platforms/aws/handlers/deadline.ts');
    const words = awsFrom(args);
    const store = await openAwsStore(words);
    const client = new SQSClient(clientConfig(words));
    let presses = 0;
    const quiet = (): void => undefined;
    const handler = iotHandler({
      ...{ store, now: io.now, deadline: new Deadline() },
      log: { info: quiet, warn: (text) => io.err(`${text}\n`), error: quiet },
      tally: {
        add: quiet,
        publish: quiet,
        taken: (_examined, applied) => {
          presses += applied.presses;
        },
      },
    });
    try {
      const queueUrl = args.queue ?? (await deployedOutput(words, 'FailureQueueUrl'));
      const take = (event: object): Promise<void> => handler(event, { getRemainingTimeInMillis: () => 2 * WRITING_MS });
      const done = await redrive({ client, queueUrl, take, stop: io.stop }).catch(unreachable);
      const text = `${done.taken} messages taken, ${presses} presses counted; ${done.others} others left in the queue\n`;
      await io.out(args.json ? `${JSON.stringify({ ...done, presses })}\n` : text);
    } finally {
      client.destroy();
      await store.close();
    }
  },
});

function unreachable(error: unknown): never {
  if (error instanceof StoreError) throw error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const fix = `Check the region, the credentials and --queue; the queue is called ${namesWith('').failureQueue} without a prefix.`;
  throw new OutsideError('SERVER', `the failure queue could not be read: ${why}`, fix, { cause: error });
}
