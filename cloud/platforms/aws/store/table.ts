/**
 * The requests that the store makes of its table, one method each. Nothing is retried here, and errors are the SDK's.
 *
 * `tally`, if given, is told what each request consumed, as DynamoDB returns it.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type ConsumedCapacity,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Item, listKey } from './keys.ts';
import type { Update } from './plan.ts';

/** Keys in one BatchGetItem, items in one transaction, and items in one BatchWriteItem. */
export const MOST_READS = 100;
export const MOST_IN_TRANSACTION = 100;
export const MOST_PUTS = 25;

/** Told each request by its name, and the capacity units that it consumed. */
export type CapacityTally = (request: string, units: number) => void;

export interface Page {
  readonly items: readonly Item[];
  /** Give it as `after` for what follows; undefined: nothing does. */
  readonly last: Item | undefined;
}

export interface PageQuery {
  readonly partition: string;
  /** Bounds of `EventHour`, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly after?: Item | undefined;
  readonly limit?: number;
  readonly newestFirst?: boolean;
}

export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #tally: CapacityTally | undefined;

  constructor(client: DynamoDBClient, name: string, tally?: CapacityTally) {
    [this.#client, this.#name, this.#tally] = [client, name, tally];
  }

  /** Writes all or nothing; one update is a plain UpdateItem, at half the price. */
  async write(updates: readonly Update[]): Promise<void> {
    const [only] = updates;
    if (updates.length === 1 && only !== undefined) {
      const sent = await this.#client.send(new UpdateItemCommand({ TableName: this.#name, ...only, ...this.#ask() }));
      this.#consumed('UpdateItem', sent.ConsumedCapacity);
      return;
    }
    const TransactItems = updates.map((update) => ({ Update: { TableName: this.#name, ...update } }));
    const sent = await this.#client.send(new TransactWriteItemsCommand({ TransactItems, ...this.#ask() }));
    this.#consumed('TransactWriteItems', ...(sent.ConsumedCapacity ?? []));
  }

  /** Lists the endpoint, its state beginning at `hour`; the error has the item if it is listed already. */
  async list(endpoint: string, hour: string): Promise<void> {
    const sent = await this.#client.send(new PutItemCommand({ ...this.#listing(endpoint, hour), ...this.#ask() }));
    this.#consumed('PutItem', sent.ConsumedCapacity);
  }

  /** Lists up to 100 endpoints, all or none: one request instead of 100, at twice the units. */
  async listMany(endpoints: readonly (readonly [endpoint: string, hour: string])[]): Promise<void> {
    const TransactItems = endpoints.map((one) => ({ Put: this.#listing(...one) }));
    const sent = await this.#client.send(new TransactWriteItemsCommand({ TransactItems, ...this.#ask() }));
    this.#consumed('TransactWriteItems', ...(sent.ConsumedCapacity ?? []));
  }

  #listing(endpoint: string, hour: string) {
    return {
      TableName: this.#name,
      Item: { ...listKey(endpoint), First: { S: hour } },
      ConditionExpression: 'attribute_not_exists(Endpoint)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
  }

  /** Reads up to 100 items by their keys, consistent; gives the keys too that have to be asked for again. */
  async read(keys: readonly Item[]): Promise<{ readonly items: readonly Item[]; readonly unread: readonly Item[] }> {
    const RequestItems = { [this.#name]: { Keys: [...keys], ConsistentRead: true } };
    const sent = await this.#client.send(new BatchGetItemCommand({ RequestItems, ...this.#ask() }));
    this.#consumed('BatchGetItem', ...(sent.ConsumedCapacity ?? []));
    return { items: sent.Responses?.[this.#name] ?? [], unread: sent.UnprocessedKeys?.[this.#name]?.Keys ?? [] };
  }

  /** A page of one partition, consistent. */
  async page({ partition, from, to, after, limit, newestFirst = false }: PageQuery): Promise<Page> {
    const bounded = from !== undefined && to !== undefined;
    const values: Record<string, AttributeValue> = { ':partition': { S: partition } };
    if (bounded) Object.assign(values, { ':from': { S: from }, ':to': { S: to } });
    const sent = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        KeyConditionExpression: `Endpoint = :partition${bounded ? ' AND EventHour BETWEEN :from AND :to' : ''}`,
        ExpressionAttributeValues: values,
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
        ...(limit === undefined ? {} : { Limit: limit }),
        ...this.#ask(),
      }),
    );
    this.#consumed('Query', sent.ConsumedCapacity);
    return { items: sent.Items ?? [], last: sent.LastEvaluatedKey };
  }

  /** Puts up to 25 items, whatever is there; gives those that are to be put again. */
  async put(items: readonly Item[]): Promise<readonly Item[]> {
    const RequestItems = { [this.#name]: items.map((Item) => ({ PutRequest: { Item } })) };
    const sent = await this.#client.send(new BatchWriteItemCommand({ RequestItems, ...this.#ask() }));
    this.#consumed('BatchWriteItem', ...(sent.ConsumedCapacity ?? []));
    return (sent.UnprocessedItems?.[this.#name] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item === undefined ? [] : [PutRequest.Item],
    );
  }

  /** Removes up to 25 items; gives the keys of those that are to be removed again. */
  async drop(keys: readonly Item[]): Promise<readonly Item[]> {
    const RequestItems = { [this.#name]: keys.map((Key) => ({ DeleteRequest: { Key } })) };
    const sent = await this.#client.send(new BatchWriteItemCommand({ RequestItems, ...this.#ask() }));
    this.#consumed('BatchWriteItem', ...(sent.ConsumedCapacity ?? []));
    return (sent.UnprocessedItems?.[this.#name] ?? []).flatMap(({ DeleteRequest }) =>
      DeleteRequest?.Key === undefined ? [] : [DeleteRequest.Key],
    );
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#client.destroy();
  }

  #ask(): { ReturnConsumedCapacity?: 'TOTAL' } {
    return this.#tally === undefined ? {} : { ReturnConsumedCapacity: 'TOTAL' };
  }

  #consumed(request: string, ...consumed: readonly (ConsumedCapacity | undefined)[]): void {
    const units = consumed.reduce((sum, one) => sum + (one?.CapacityUnits ?? 0), 0);
    this.#tally?.(request, units);
  }
}
