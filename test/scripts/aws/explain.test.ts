/** What AWS and its tools say, in this project's own words. */
import { describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { explained } from '../../../scripts/aws/explain.ts';

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

test.each([
  [named('CredentialsProviderError', 'Could not load credentials from any providers'), 'credentials', 'aws configure'],
  [named('ExpiredToken', 'The security token included in the request is expired'), 'expired', 'aws sso login'],
  [named('ToolkitError', 'SSM parameter /cdk-bootstrap/hnb659fds/version not found'), 'prepared', '--bootstrap'],
  [named('Error', 'boom', { cause: named('Error', 'connect', { code: 'ECONNREFUSED' }) }), 'reached', 'network'],
  [new AggregateError([named('Error', 'x', { code: 'ENOTFOUND' })], 'all failed'), 'reached', '--region'],
  [new TypeError('fetch failed', { cause: named('Error', 'x', { code: 'ENOTFOUND' }) }), 'reached', '--region'],
  [named('ValidationError', 'mbed_time_series_iot already exists in stack x'), 'one of the names', '--prefix'],
  [named('AccessDenied', 'User is not authorized to perform: iam:CreateRole'), 'do not allow', 'profile'],
  [named('DeploymentError', 'The stack is in ROLLBACK_COMPLETE'), 'AWS refused', 'CloudFormation console'],
])('%s', (error, message, fix) => {
  const told = explained(error);
  expect(told).toBeInstanceOf(OutsideError);
  expect(told).toMatchObject({
    code: 'SERVER',
    message: expect.stringContaining(message),
    fix: expect.stringContaining(fix),
  });
});

describe('what is not from outside stays as it is', () => {
  test.each([new TypeError('x is not a function'), new RangeError('x'), new UsageError('x', 'y'), 'text', undefined])(
    '%s',
    (error) => {
      expect(explained(error)).toBe(error);
    },
  );
});

test('an error that is its own cause, and one that says very much', () => {
  const ring = named('Error', 'round and round');
  Object.assign(ring, { cause: ring });
  expect(explained(ring)).toMatchObject({ message: 'AWS refused: round and round' });
  expect((explained(named('Error', 'x'.repeat(10_000))) as Error).message.length).toBeLessThan(700);
});
