/** Opening Azure Monitor: refused at once where Azure refuses us, and not where it is merely down. */

import type { TokenCredential } from '@azure/identity';
import { expect, test } from '@jest/globals';
import { openAzureSink } from '../../../scripts/azure/sink.ts';
import { MemoryTold } from '../../cloud/platforms/azure/monitor/memory-told.ts';
import { RESOURCE_ID } from '../../cloud/platforms/azure/monitor/stand-in.ts';

const plan = { monitor: { resource: RESOURCE_ID, region: 'westeurope' } };
const deps = { now: Date.now, told: new MemoryTold() };
const failing = (name: string, more: object = {}): TokenCredential => ({
  getToken: () => Promise.reject(Object.assign(new Error('what it says\nand more'), { name, ...more })),
});
const unavailable = Object.assign(new Error('no az'), { name: 'CredentialUnavailableError' });

test.each([
  ['no resource', { monitor: { resource: undefined, region: 'westeurope' } }],
  ['no region', { monitor: { resource: RESOURCE_ID, region: undefined } }],
])('%s: UsageError', async (_what, missing) => {
  await expect(openAzureSink(missing, deps)).rejects.toMatchObject({ code: 'USAGE' });
});

test.each<[string, TokenCredential]>([
  ['nobody', failing('CredentialUnavailableError')],
  ['wrong', failing('AuthenticationError')],
  ['no way of many', failing('AggregateAuthenticationError', { errors: [unavailable, unavailable] })],
  ['no token', { getToken: async () => null }],
])('credentials: %s: OutsideError SERVER', async (_what, credential) => {
  const error = await openAzureSink(plan, { ...deps, credential }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'SERVER', fix: expect.stringContaining('az login') });
  expect((error as Error).message).not.toContain('\n');
});

test.each<[string, TokenCredential]>([
  ['the network is down', failing('RestError')],
  [
    'one way of many may work',
    failing('AggregateAuthenticationError', { errors: [unavailable, new Error('timeout')] }),
  ],
])('%s: opened all the same, and telling fails', async (_what, credential) => {
  const sink = await openAzureSink(plan, { ...deps, credential });
  const total = { endpoint: 'a', hour: `${new Date().toISOString().slice(0, 13).replace('T', ' ')}:00:00`, count: 1 };
  expect(await sink.put([total])).toEqual({ refused: [], failed: [total] });
  expect(sink.trouble?.()).toContain('what it says and more');
  await sink.close();
});
