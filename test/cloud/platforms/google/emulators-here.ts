/**
 * Google's emulators for tests: one of each a test file. They come from Google's packages, not from Debian's or npm: where they are not
 * installed these tests are named and not run, in CI as well.
 *
 *   (firestoreWanted ? describe : describe.skip)('…', …)
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import {
  type Emulator,
  findEmulator,
  startFirestore,
  startPubSub,
} from '../../../../cloud/platforms/google/local/emulators.ts';
import { newFirestore } from '../../../../cloud/platforms/google/store/client.ts';
import {
  type FirestoreStore,
  type FirestoreStoreOptions,
  openFirestoreStore,
} from '../../../../cloud/platforms/google/store/store.ts';
import { memoryShelf } from '../aws/memory-shelf.ts';
import { type TcpProxy, tcpProxy } from '../graphite/tcp-proxy.ts';

const has = (name: 'firestore' | 'pubsub'): Promise<boolean> =>
  findEmulator(name, process.env).then(
    () => true,
    () => false,
  );

export const firestoreWanted = await has('firestore');
export const pubsubWanted = await has('pubsub');

const folder = await mkdtemp(join(tmpdir(), 'mts-google-'));
let firestore: Promise<Emulator> | undefined;
let pubsub: Promise<Emulator> | undefined;
let projects = 0;

/** The test file's; ended after its last test. */
export function firestoreHere(): Promise<Emulator> {
  firestore ??= startFirestore({ folder });
  return firestore;
}

export function pubsubHere(): Promise<Emulator> {
  pubsub ??= startPubSub({ folder });
  return pubsub;
}

/** One in which there is nothing yet. */
export function newProject(): string {
  projects += 1;
  return `project-${projects}`;
}

afterAll(async () => {
  await (await firestore)?.close();
  await (await pubsub)?.close();
  await rm(folder, { recursive: true, force: true });
});

export interface TestDatabase {
  readonly project: string;
  readonly proxy: TcpProxy;
  /** One more connection to it, through the proxy. */
  open(more?: Partial<FirestoreStoreOptions>): FirestoreStore;
  close(): Promise<void>;
}

/** With nothing in it. */
export async function testDatabase(maxAside = 1_000_000): Promise<TestDatabase> {
  const { port } = await firestoreHere();
  const [project, proxy, shelf] = [newProject(), await tcpProxy(port), memoryShelf(maxAside)];
  const opened: FirestoreStore[] = [];
  return {
    ...{ project, proxy },
    open(more = {}) {
      const client = newFirestore({ project, emulator: `127.0.0.1:${proxy.port}` });
      const store = openFirestoreStore({ firestore: client, shelf, now: Date.now, ...more });
      opened.push(store);
      return store;
    },
    async close() {
      for (const store of opened) await store.close();
      await proxy.close();
    },
  };
}
