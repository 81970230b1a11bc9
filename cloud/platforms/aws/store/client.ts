/**
 * The DynamoDB client that the store is made for: it retries by itself nowhere, since the store knows when that is safe
 * and when the time is up, and no request outlives the time a function has left (18 s, nothing begun after 15).
 *
 * A message of 10,000 endpoints is 10,000 requests, so it leaves out what each of them would be burdened with for nobody:
 * a fifth of the processor's time (`npm run bench -- aws`).
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { PARALLEL } from './find.ts';

const CONNECT_MS = 1_000;
const REQUEST_MS = 2_500;

/** Parts of the SDK that tell who asks, and log: the names they are known by in it. */
const LEFT_OUT = ['getUserAgentMiddleware', 'loggerMiddleware', 'recursionDetectionMiddleware'] as const;

/** A first try, and no second. */
const ONCE = { getRetryCount: () => 0, getRetryDelay: () => 0 };
const NEVER_AGAIN: NonNullable<DynamoDBClientConfig['retryStrategy']> = {
  acquireInitialRetryToken: async () => ONCE,
  refreshRetryTokenForRetry: async () => {
    throw new Error('the store decides what is tried again');
  },
  recordSuccess: () => undefined,
};

/** `config`: region, credentials and endpoint, where the environment does not have them. */
export function newDynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({
    retryStrategy: NEVER_AGAIN,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true, maxSockets: PARALLEL },
      httpAgent: { keepAlive: true, maxSockets: PARALLEL },
    },
    ...config,
  });
  for (const name of LEFT_OUT) client.middlewareStack.remove(name);
  // One table has one address: it is found once.
  const { endpointProvider } = client.config;
  let endpoint: ReturnType<typeof endpointProvider> | undefined;
  client.config.endpointProvider = (...asked) => {
    endpoint ??= endpointProvider(...asked);
    return endpoint;
  };
  return client;
}
