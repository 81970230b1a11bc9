/** Words of `mts simulate` for boards that speak LwM2M: what cannot be is refused before anything is sent. */
import { expect, test } from '@jest/globals';
import { runVerb } from './run-verb.ts';

test.each([
  ['--via lwm2m+udp --shard 5/4', '--shard is 5/4'],
  ['--via lwm2m+udp --shard half', '--shard is half'],
  ['--via webhook --shard 1/2', '--shard is of boards that speak LwM2M'],
  ['--via webhook --threads 2', '--threads is of boards that speak LwM2M'],
  ['--via webhook --speed 10', '--speed is of boards that speak LwM2M'],
  ['--via lwm2m+udp --max-p99 soon', '--max-p99 is soon'],
  ['--via lwm2m+udp --max-lost few', '--max-lost is few'],
  ['--via lwm2m+udp --credentials c', 'are for TLS'],
  ['--via lwm2m+tls', 'boards need certificates for TLS'],
  ['--via lwm2m+udp --resend-queue 7', '--resend-queue is 7'],
])('%s', async (words, said) => {
  const { status, err } = await runVerb(['simulate', '--to', 'coap://127.0.0.1', '--rate', '1', ...words.split(' ')]);
  expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining(said) });
});
