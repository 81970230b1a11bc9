/** cdk-nag's AwsSolutions rules pass; what is acknowledged has its reason beside the resource. */
import { expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DEFAULT_SETTINGS, type StackSettings } from '../../../../../cloud/platforms/aws/stack/settings.ts';
import { addStack } from '../../../../../cloud/platforms/aws/stack/stack.ts';
import { withBundles } from './fixture.ts';

const everything: StackSettings = {
  ...DEFAULT_SETTINGS,
  prefix: 'test_',
  guideMetric: false,
  alarmEmail: 'somebody@example.com',
  demandedHeader: `authorization:${'0'.repeat(64)}`,
};

test.each([
  ['as it comes', DEFAULT_SETTINGS],
  ['with a prefix, alarms by mail and a second key', everything],
  ['where the account has a log role', { ...DEFAULT_SETTINGS, apiLogRole: false }],
])('AwsSolutions: %s', async (_, settings) => {
  await withBundles((_dir, bundles) => {
    const app = new App();
    addStack(app, settings, bundles);
    const { success, violations } = new AwsSolutionsChecks(app).validateScope(app);
    expect({ success, violations }).toEqual({ success: true, violations: [] });
  });
});
