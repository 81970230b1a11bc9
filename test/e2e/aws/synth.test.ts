/** `mts aws` where there is no account and no network, and where its packages are not installed. */
import { describe, expect, test } from '@jest/globals';
import { awsAlone } from './run-aws.ts';

// Loading CDK takes a processor for seconds.
/** Words for a Node.js that finds none of the packages that AWS alone needs. */
const WITHOUT_PACKAGES = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    const optional = /^(aws-cdk-lib|constructs|cdk-nag|esbuild|@aws-cdk\\/toolkit-lib)(\\/|$)/;
    registerHooks({
      resolve(specifier, context, next) {
        if (!optional.test(specifier)) return next(specifier, context);
        const error = new Error("Cannot find package '" + specifier + "' imported from " + context.parentURL);
        throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
      },
    });
  `)}`,
];

test('synth --json: one JSON document, and nothing else', async () => {
  const { status, out, err } = await awsAlone(['synth', '--json', '--prefix', 'test_', '--retention', '7d']);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const { Resources } = JSON.parse(out) as { Resources: Record<string, { Properties: Record<string, unknown> }> };
  const properties = Object.values(Resources).map(({ Properties }) => Properties);
  expect(properties).toContainEqual(expect.objectContaining({ TableName: 'test_mbed_connector_button_presses' }));
  expect(properties).toContainEqual(expect.objectContaining({ RetentionInDays: 7 }));
});

test('synth is the same text each time, in lines to be read', async () => {
  const [one, two] = [await awsAlone(['synth']), await awsAlone(['synth'])];
  expect(one.out).toBe(two.out);
  expect(one.out.split('\n').length).toBeGreaterThan(500);
});

describe('words', () => {
  test.each(['', 'synth', 'diff', 'deploy', 'outputs', 'destroy'])(
    'mts aws %s --help needs none of the packages',
    async (action) => {
      const words = [...(action === '' ? [] : [action]), '--help'];
      const { status, out, err } = await awsAlone(words, WITHOUT_PACKAGES);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain(`mts aws ${action}`);
      expect(out).toContain('Examples:');
    },
  );

  test.each([
    ['', 'an action is missing'],
    ['depoy', 'Did you mean deploy?'],
    ['burn', 'Unknown argument: burn'],
    ['synth --bogus', 'Unknown argument: bogus'],
    ['synth --prefix Test_', '--prefix is Test_'],
    ['synth --prefix 0abc', '--prefix is 0abc'],
    ['synth --prefix seventeen_letters', '--prefix is seventeen_letters'],
    ['synth --guide-metric maybe', '--guide-metric is maybe'],
    ['synth --rate 0', '--rate is 0'],
    ['synth --burst 1.5', '--burst is 1.5'],
    ['synth --retention 2d', '--retention is 2d, which CloudWatch Logs does not offer'],
    ['synth --alarm-email nobody', '--alarm-email is nobody'],
    ['synth --log-level loud', '--log-level is loud'],
    ['synth --prefix a --prefix b', '--prefix is given more than once'],
    ['deploy --region Ireland', '--region is Ireland'],
    ['deploy --profile [x]', '--profile is no name'],
    ['destroy --region eu-west-1', 'nobody is there to be asked'],
  ])('mts aws %s: told what is wrong, exit 2', async (words, expected) => {
    const { status, out, err } = await awsAlone(words.split(' ').filter((word) => word !== ''));
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(expected);
  });
});

describe('what is missing outside, exit 3', () => {
  const ID = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

  test.each([
    ['synth', WITHOUT_PACKAGES, {}, 'npm install aws-cdk-lib'],
    ['outputs', WITHOUT_PACKAGES, {}, 'npm install aws-cdk-lib'],
    ['synth --header-file /nowhere', [], {}, 'cannot be read: ENOENT'],
    ['outputs', [], ID, 'nothing says in which region'],
    ['deploy', [], ID, 'nothing says in which region'],
    ['outputs --region eu-west-1', [], {}, 'no credentials that it knows'],
    ['deploy --region eu-west-1', [], {}, 'no credentials that it knows'],
    ['diff --region eu-west-1 --profile other', [], {}, 'no credentials that it knows'],
    ['diff --region eu-west-1', [], ID, 'AWS cannot be reached'],
    ['destroy --region eu-west-1 --yes', [], ID, 'AWS cannot be reached'],
  ])('mts aws %s', async (words, node, env, expected) => {
    const { status, out, err } = await awsAlone(words.split(' '), node, env);
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toContain(expected);
  });
});
