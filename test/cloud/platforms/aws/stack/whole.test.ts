/** The stack as a whole: repeatable, for any account, beside another; and who is told what of it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { namesWith } from '../../../../../cloud/platforms/aws/names.ts';
import { OUTPUTS } from '../../../../../cloud/platforms/aws/stack/outputs.ts';
import { DEFAULT_SETTINGS } from '../../../../../cloud/platforms/aws/stack/settings.ts';
import { bothTemplates, OTHER, only, type Resource, resources, templateWith } from './template.ts';

let [template, other] = [{}, {}] as [object, object];
beforeAll(async () => {
  [template, other] = await bothTemplates();
});

test('a template synthesized twice is the same, to the byte', async () => {
  expect(JSON.stringify(await templateWith(DEFAULT_SETTINGS))).toBe(JSON.stringify(template));
});

test("CloudFormation's own rules have nothing against it", async () => {
  for (const settings of [DEFAULT_SETTINGS, OTHER])
    expect(await templateWith(settings, true)).toHaveProperty('Resources');
});

describe('being watched', () => {
  test('alarms for all that somebody must look at; where nothing happens, none', () => {
    const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(
      [
        'Webhook5xx',
        'WebhookErrors',
        'WebhookThrottles',
        'StreamErrors',
        'StreamThrottles',
        'StreamAge',
        'IotErrors',
        'IotThrottles',
        'FailureQueue',
      ]
        .map((name) => `mbed_time_series_${name}`)
        .sort(),
    );
    expect(new Set(alarms.map(({ TreatMissingData }) => TreatMissingData))).toEqual(new Set(['notBreaching']));
  });

  test('alarms go by mail where asked, from CloudWatch of this account alone', () => {
    expect(resources(template, 'AWS::SNS::Topic')).toEqual([]);
    const mailed = Template.fromJSON(other);
    mailed.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'somebody@example.com' });
    mailed.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: Match.anyValue() }] });
    mailed.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  test('the dashboard finds every endpoint by a search over the exact metric, in whole hours', () => {
    const { widgets } = dashboardOf(template);
    const [presses] = widgets;
    expect(presses?.properties).toMatchObject({
      stacked: true,
      period: 3_600,
      metrics: [
        [
          {
            expression: "SEARCH('{MbedButtonPressHour,Endpoint} MetricName=\"PressesPerHour\"', 'Maximum', 3600)",
            period: 3_600,
          },
        ],
      ],
    });
    expect(JSON.stringify(dashboardOf(other))).toContain('{test_MbedButtonPressHour,Endpoint}');
  });
});

interface Widget {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

function dashboardOf(of: object): { widgets: Widget[] } {
  const { DashboardBody } = only('AWS::CloudWatch::Dashboard', of).Properties;
  const [, parts] = (DashboardBody as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
}

test('it tells where everything is, and nothing secret', () => {
  const { Outputs } = template as { Outputs: Record<string, { Value: unknown }> };
  expect(Object.keys(Outputs).sort()).toEqual(Object.keys(OUTPUTS).sort());
  expect(Outputs.ApiKeyId?.Value).toEqual({ Ref: expect.stringMatching(/^ApiApiKey/) });
});

test('any account and region: neither is written anywhere', () => {
  expect(JSON.stringify(template)).not.toMatch(/\b\d{12}\b|\b(?:us|eu|ap)-[a-z]+-\d\b|arn:aws:/);
});

test('two with different prefixes share no name in an account', () => {
  const [one, two] = [template, other].map((of) => physicalNames(of));
  expect(one!.size).toBe(resources(template).filter((resource) => nameOf(resource) !== undefined).length);
  expect([...one!].filter((name) => two!.has(name))).toEqual([]);
  expect(one!.size).toBeGreaterThan(20);
  expect(namesWith('test_').stack).not.toBe(namesWith('').stack);
});

const NAMES = /^(?!PolicyName$|AttributeName$).*Name$|^Name$/;

/** Such a name is one in its account and region, or in the world. */
function nameOf({ Type, Properties }: Resource): string | undefined {
  // This one has the id of its API in its name.
  if (JSON.stringify(Properties).includes('API-Gateway-Execution-Logs_')) return undefined;
  // These are named within what they are part of, or are not named but name something.
  if (/::(Stage|TopicPolicy|Method|Permission|EventSourceMapping|EventInvokeConfig)$/.test(Type)) return undefined;
  const key =
    Object.keys(Properties).find((name) => NAMES.test(name)) ?? (Type.endsWith('IoT::Policy') && 'PolicyName');
  return key === false || key === undefined ? undefined : `${Type} ${JSON.stringify(Properties[key])}`;
}

function physicalNames(of: object): Set<string> {
  return new Set(resources(of).flatMap((resource) => nameOf(resource) ?? []));
}
