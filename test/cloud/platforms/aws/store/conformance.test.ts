/** The store on DynamoDB Local passes what every store must. */
import { describe, jest } from '@jest/globals';
import { MAX_ASIDE, type StoreUnderTest, storeConformance } from '../../../../conformance/store.ts';
import { dynamoDbWanted } from '../dynamodb-local.ts';
import { testTable } from './table.ts';

// Here it is asked whether it is right. How long it takes is measured in `npm run bench`.
const LIMIT_MS = 240_000;
jest.setTimeout(LIMIT_MS);
const deadline = (): number => Date.now() + LIMIT_MS;

(dynamoDbWanted ? describe : describe.skip)('DynamoDB', () => {
  storeConformance('aws', async (): Promise<StoreUnderTest> => {
    const tables = [await testTable(MAX_ASIDE)];
    const [table] = tables as [(typeof tables)[0]];
    return {
      open: async () => table.open({ deadline }),
      openEmpty: async () => {
        const empty = await testTable(MAX_ASIDE);
        tables.push(empty);
        return empty.open({ deadline });
      },
      throttle: async (ms) => {
        const until = performance.now() + ms;
        table.proxy.decide = () => (performance.now() < until ? 'throttle' : 'pass');
      },
      dispose: async () => {
        for (const one of tables) await one.close();
      },
    };
  });
});
