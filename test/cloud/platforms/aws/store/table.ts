/** A table of its own for a test, behind a proxy that can let requests go wrong. */
import { DeleteItemCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Shelf } from '../../../../../cloud/ingest/aside/shelf.ts';
import type { Store } from '../../../../../cloud/ingest/store.ts';
import { newDynamoClient } from '../../../../../cloud/platforms/aws/store/client.ts';
import type { Item } from '../../../../../cloud/platforms/aws/store/keys.ts';
import { type DynamoStoreOptions, openDynamoStore } from '../../../../../cloud/platforms/aws/store/store.ts';
import { dynamoDbLocal, LOCAL_CLIENT } from '../dynamodb-local.ts';
import { type DynamoDbProxy, dynamoDbProxy } from '../dynamodb-proxy.ts';
import { memoryShelf } from '../memory-shelf.ts';
import { createTableWithoutStream } from '../table-without-stream.ts';

export interface TestTable {
  readonly name: string;
  readonly proxy: DynamoDbProxy;
  readonly shelf: Shelf;
  /** A store of another process: it remembers nothing. */
  open(options?: Partial<DynamoStoreOptions>): Store;
  /** Every item, past the proxy. */
  items(): Promise<Item[]>;
  put(item: Item): Promise<void>;
  drop(key: Item): Promise<void>;
  close(): Promise<void>;
}

let tables = 0;

export async function testTable(maxAside = 1e6): Promise<TestTable> {
  const { endpoint } = await dynamoDbLocal();
  const direct = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint });
  const name = `presses_${process.pid}_${tables++}`;
  await createTableWithoutStream(direct, name);
  const proxy = await dynamoDbProxy(endpoint);
  const shelf = memoryShelf(maxAside);
  return {
    name,
    proxy,
    shelf,
    open: (options) =>
      openDynamoStore({
        client: newDynamoClient({ ...LOCAL_CLIENT, endpoint: proxy.endpoint }),
        table: name,
        shelf,
        now: Date.now,
        ...options,
      }),
    async items() {
      const items: Item[] = [];
      for (let after: Item | undefined; ; ) {
        const page = await direct.send(
          new ScanCommand({ TableName: name, ConsistentRead: true, ...(after ? { ExclusiveStartKey: after } : {}) }),
        );
        items.push(...(page.Items ?? []));
        after = page.LastEvaluatedKey;
        if (after === undefined) return items;
      }
    },
    async put(item) {
      await direct.send(new PutItemCommand({ TableName: name, Item: item }));
    },
    async drop(key) {
      await direct.send(new DeleteItemCommand({ TableName: name, Key: key }));
    },
    async close() {
      await proxy.close();
      direct.destroy();
    },
  };
}
