/** The requests that the store makes of its table, one method each. Nothing is retried here, and errors are the SDK's. */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { isMissing } from './failure.ts';

/** Operations in one transaction: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
export const MOST_ACTIONS = 100;

export interface Entity {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly etag: string;
  /** Of the server's clock, ISO 8601. */
  readonly timestamp?: string;
  readonly [property: string]: unknown;
}

export interface Page {
  readonly entities: readonly Entity[];
  /** Give it as `after` for what follows; undefined: nothing does. */
  readonly after: string | undefined;
}

export interface PageQuery {
  readonly partition: string;
  /** Bounds of RowKey: from it on, and before it. */
  readonly from?: string;
  readonly before?: string;
  readonly select?: readonly string[];
  /** At most 1,000. */
  readonly limit?: number;
  readonly after?: string | undefined;
}

export class Table {
  readonly #client: TableClient;

  constructor(client: TableClient) {
    this.#client = client;
  }

  /** Undefined if it is not there. */
  async get(partition: string, row: string): Promise<Entity | undefined> {
    try {
      return (await this.#client.getEntity(partition, row, inTime())) as Entity;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** All or nothing, all of one partition; gives each one's new ETag, undefined for what is deleted. */
  async transact(actions: readonly TransactionAction[]): Promise<readonly (string | undefined)[]> {
    const { subResponses } = await this.#client.submitTransaction([...actions], inTime());
    return subResponses.map(({ etag }) => etag);
  }

  /** Whatever is there; gives its new ETag. */
  async put(entity: { partitionKey: string; rowKey: string; [property: string]: unknown }): Promise<string> {
    const { etag = '' } = await this.#client.upsertEntity(entity, 'Replace', inTime());
    return etag;
  }

  /** Deletes it if it still has this ETag. */
  async drop(partition: string, row: string, etag: string): Promise<void> {
    await this.#client.deleteEntity(partition, row, { etag, ...inTime() });
  }

  async page({ partition, from, before, select, limit = 1_000, after }: PageQuery): Promise<Page> {
    const bounds = [
      `PartitionKey eq ${literal(partition)}`,
      ...(from === undefined ? [] : [`RowKey ge ${literal(from)}`]),
      ...(before === undefined ? [] : [`RowKey lt ${literal(before)}`]),
    ];
    const queryOptions = { filter: bounds.join(' and '), ...(select === undefined ? {} : { select: [...select] }) };
    const settings = { maxPageSize: limit, ...(after === undefined ? {} : { continuationToken: after }) };
    for await (const page of this.#client.listEntities({ queryOptions, ...inTime() }).byPage(settings)) {
      return { entities: page as unknown as Entity[], after: page.continuationToken };
    }
    return { entities: [], after: undefined };
  }
}

/** Milliseconds that a request may take: what hangs is no answer. */
const REQUEST_MS = 10_000;

function inTime(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(REQUEST_MS) };
}

/** OData: https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
