/** CloudWatch as the sink of any store: the exact metric of a namespace, told from this machine, and read back. */
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import { type AwsWords, clientConfig } from './store.ts';

export interface CloudWatchDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** OutsideError SERVER if nothing says in which region. */
export async function openCloudWatchSink(words: AwsWords, { now }: CloudWatchDeps): Promise<ReadableSink> {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  const { cloudWatchSink } = await import('../../cloud/platforms/aws/cloudwatch/sink.ts');
  const { readBack } = await import('../../cloud/platforms/aws/cloudwatch/read-back.ts');
  const { checkRegion } = await import('./store.ts');
  const client = new CloudWatchClient(clientConfig(words));
  await checkRegion(client);
  const { namespace } = namesWith(words.prefix);
  return {
    ...cloudWatchSink({ client, namespace, now, deadline: () => now() + PATIENCE_MS }),
    async *readBack(query) {
      for await (const { endpoint, hour, exact } of readBack(client, namespace, query)) {
        if (exact !== undefined) yield { endpoint, hour, count: exact };
      }
    },
  };
}

/** Milliseconds for all requests of one batch. */
const PATIENCE_MS = 15_000;
