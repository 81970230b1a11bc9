/** The shards of a stream: which there are, and which may be read, since a parent's records come before its children's. */
import { DescribeStreamCommand, type DynamoDBStreamsClient, type Shard } from '@aws-sdk/client-dynamodb-streams';

export interface KnownShard {
  readonly id: string;
  readonly parent: string | undefined;
}

export async function listShards(
  client: DynamoDBStreamsClient,
  streamArn: string,
  signal: AbortSignal,
): Promise<KnownShard[]> {
  const shards: Shard[] = [];
  let from: string | undefined;
  do {
    const start = from === undefined ? {} : { ExclusiveStartShardId: from };
    const command = new DescribeStreamCommand({ StreamArn: streamArn, ...start });
    const { StreamDescription } = await client.send(command, { abortSignal: signal });
    shards.push(...(StreamDescription?.Shards ?? []));
    from = StreamDescription?.LastEvaluatedShardId;
  } while (from !== undefined);
  return shards.map(({ ShardId, ParentShardId }) => ({ id: ShardId ?? '', parent: ParentShardId }));
}

/** Shards that are not done, and whose parent is, or is not there any more. Pure. */
export function readable(shards: readonly KnownShard[], isDone: (id: string) => boolean): KnownShard[] {
  const open = new Set(shards.filter(({ id }) => !isDone(id)).map(({ id }) => id));
  return shards.filter(({ id, parent }) => open.has(id) && (parent === undefined || !open.has(parent)));
}
