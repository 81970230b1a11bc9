/** The store on Firestore passes what every store must: on Google's emulator. */
import { describe, jest } from '@jest/globals';
import { MAX_ASIDE, type StoreUnderTest, storeConformance } from '../../../../conformance/store.ts';
import { firestoreWanted, testDatabase } from '../emulators-here.ts';

// Here it is asked whether it is right. How long it takes is measured in `npm run bench`.
const LIMIT_MS = 240_000;
jest.setTimeout(LIMIT_MS);
const deadline = (): number => Date.now() + LIMIT_MS;

(firestoreWanted ? describe : describe.skip)('Firestore', () => {
  storeConformance('firestore', async (): Promise<StoreUnderTest> => {
    const databases = [await testDatabase(MAX_ASIDE)];
    const [database] = databases as [(typeof databases)[0]];
    return {
      open: async () => database.open({ deadline }),
      openEmpty: async () => {
        const empty = await testDatabase(MAX_ASIDE);
        databases.push(empty);
        return empty.open({ deadline });
      },
      throttle: async (ms) => {
        database.proxy.down();
        setTimeout(() => database.proxy.up(), ms);
      },
      dispose: async () => {
        for (const one of databases) await one.close();
      },
    };
  });
});
