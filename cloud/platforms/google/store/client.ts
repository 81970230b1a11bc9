/** What talks to Firestore. `FIRESTORE_EMULATOR_HOST` in the environment leads to an emulator, as with any of Google's libraries. */
import { Firestore, type Settings } from '@google-cloud/firestore';
import { oneTry } from './one-try.ts';
import { REQUEST_MS } from './requests.ts';

export interface FirestoreAccess {
  /** Undefined: as the environment and the credentials say. */
  readonly project: string | undefined;
  readonly database?: string;
  /** An emulator's `host:port`, without TLS. */
  readonly emulator?: string;
}

/** So that no credentials are looked for on this machine. */
const NOBODY = { credentials: { client_email: 'nobody', private_key: 'none' } };
/** Milliseconds: a connection that broke is tried again soon. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 };

export function newFirestore({ project, database, emulator }: FirestoreAccess): Firestore {
  const settings: Settings = {
    ...(project === undefined ? {} : { projectId: project }),
    ...(database === undefined ? {} : { databaseId: database }),
    // What emulators take in place of credentials.
    ...(emulator === undefined
      ? {}
      : { host: emulator, ssl: false, customHeaders: { Authorization: 'Bearer owner' }, ...NOBODY }),
    ...RECONNECT,
    'grpc.callInvocationTransformer': oneTry(REQUEST_MS),
  };
  return new Firestore(settings);
}
