/**
 * Azurite for tests: one a test file, in memory. Without its package (an install without optional ones) these tests are named and not
 * run; under CI=true they run all the same, and fail.
 *
 *   (azuriteWanted ? describe : describe.skip)('…', …)
 */
import { createRequire } from 'node:module';
import { afterAll } from '@jest/globals';
import { type Azurite, startAzurite } from '../../../../cloud/platforms/azure/local/azurite.ts';
import { newTableClient } from '../../../../cloud/platforms/azure/store/client.ts';
import {
  openTableStore,
  type TableStore,
  type TableStoreOptions,
} from '../../../../cloud/platforms/azure/store/store.ts';
import { memoryShelf } from '../aws/memory-shelf.ts';
import { type HttpProxy, httpProxy } from './http-proxy.ts';

export const azuriteWanted = process.env.CI === 'true' || hasAzurite();

function hasAzurite(): boolean {
  try {
    return createRequire(import.meta.url).resolve('azurite/package.json') !== '';
  } catch {
    return false;
  }
}

let shared: Promise<Azurite> | undefined;
let tables = 0;

/** The test file's; ended after its last test. */
export function azuriteHere(): Promise<Azurite> {
  shared ??= startAzurite();
  return shared;
}

afterAll(async () => {
  await (await shared)?.close();
});

export interface TestTable {
  /** Before the table, but not before Azurite itself. */
  readonly proxy: HttpProxy;
  /** One more connection to it, through the proxy. */
  open(more?: Partial<TableStoreOptions>): TableStore;
  /** Deletes the table. */
  drop(): Promise<void>;
  close(): Promise<void>;
}

/** A table that is made, with nothing in it. */
export async function testTable(maxAside = 1_000_000): Promise<TestTable> {
  const { connectionString, endpoints } = await azuriteHere();
  tables += 1;
  const name = `presses${tables}`;
  await newTableClient({ connectionString }, name).createTable();
  const proxy = await httpProxy(new URL(endpoints.table).origin);
  const through = connectionString.replace(new URL(endpoints.table).host, `127.0.0.1:${proxy.port}`);
  const shelf = memoryShelf(maxAside);
  return {
    proxy,
    open: (more = {}) =>
      openTableStore({ client: newTableClient({ connectionString: through }, name), shelf, now: Date.now, ...more }),
    drop: async () => {
      await newTableClient({ connectionString }, name).deleteTable();
    },
    close: () => proxy.close(),
  };
}
