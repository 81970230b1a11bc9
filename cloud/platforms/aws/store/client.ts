/**
 * The DynamoDB client that the store is made for: it retries by itself nowhere, since the store knows when that is safe
 * and when the time is up, and no request outlives the time a function has left (18 s, nothing begun after 15).
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { PARALLEL } from './find.ts';

const CONNECT_MS = 1_000;
const REQUEST_MS = 2_500;

/** `config`: region, credentials and endpoint, where the environment does not have them. */
export function newDynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true, maxSockets: PARALLEL },
      httpAgent: { keepAlive: true, maxSockets: PARALLEL },
    },
    ...config,
  });
}
