/** What is deployed: data and what of it stays, the functions, and what feeds them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { IOT_RULE_SQL } from '../../../../../cloud/platforms/aws/names.ts';
import { bothTemplates, OTHER, only, resources, type Statement } from './template.ts';

let [template, other] = [{}, {}] as [object, object];
let stack: Template;
beforeAll(async () => {
  [template, other] = await bothTemplates();
  stack = Template.fromJSON(template);
});

describe('data', () => {
  test("the guide's table: its keys, both images in the stream, on demand, recoverable, kept", () => {
    const { Properties, DeletionPolicy } = only('AWS::DynamoDB::Table', template);
    expect(DeletionPolicy).toBe('Retain');
    expect(Properties).toMatchObject({
      TableName: 'mbed_connector_button_presses',
      KeySchema: [
        { AttributeName: 'Endpoint', KeyType: 'HASH' },
        { AttributeName: 'EventHour', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'Endpoint', AttributeType: 'S' },
        { AttributeName: 'EventHour', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  test('what is set aside is private, encrypted, and kept', () => {
    const { Properties, DeletionPolicy } = only('AWS::S3::Bucket', template);
    expect(DeletionPolicy).toBe('Retain');
    expect(Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
  });

  test('the failure queue is encrypted and keeps for 14 days', () => {
    expect(only('AWS::SQS::Queue', template).Properties).toMatchObject({
      QueueName: 'mbed_time_series_failures',
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 86_400,
    });
  });

  test.each(['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'])('%s denies what comes without TLS', (type) => {
    stack.hasResourceProperties(type, {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });
});

describe('functions', () => {
  test.each([
    ['mbed_time_series_webhook', ['TABLE', 'ASIDE_BUCKET', 'FAILURE_QUEUE_URL']],
    ['mbed_time_series_iot', ['TABLE', 'ASIDE_BUCKET', 'FAILURE_QUEUE_URL']],
    ['mbed_time_series_dynamodb', ['NAMESPACE', 'GUIDE_METRIC', 'ASIDE_BUCKET', 'FAILURE_QUEUE_URL']],
  ])('%s: arm64, Node 24, 18 s, traced, told what it needs', (FunctionName, told) => {
    const found = resources(template, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === FunctionName,
    );
    expect(found?.Properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 18,
      TracingConfig: { Mode: 'Active' },
    });
    const { Variables } = found!.Properties.Environment as { Variables: Record<string, unknown> };
    expect(Object.keys(Variables).sort()).toEqual(
      [...told, 'POWERTOOLS_SERVICE_NAME', 'POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_LOG_LEVEL'].sort(),
    );
    stack.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: `/aws/lambda/${FunctionName}`,
      RetentionInDays: 30,
    });
  });

  test('settings reach them', () => {
    const variables = (name: string) =>
      resources(other, 'AWS::Lambda::Function').find(({ Properties }) => Properties.FunctionName === name)?.Properties
        .Environment;
    expect(variables('test_mbed_time_series_webhook')).toMatchObject({
      Variables: { DEMANDED_HEADER: OTHER.demandedHeader, POWERTOOLS_LOG_LEVEL: 'DEBUG' },
    });
    expect(variables('test_mbed_time_series_dynamodb')).toMatchObject({
      Variables: { GUIDE_METRIC: 'off', NAMESPACE: 'test_MbedButtonPressHour' },
    });
  });

  test('logs of every group go after their time', () => {
    for (const [of, days] of [[template, 30] as const, [other, 3] as const]) {
      const kept = resources(of, 'AWS::Logs::LogGroup').map(({ Properties }) => Properties.RetentionInDays);
      expect(kept).toEqual([days, days, days, days, days]);
    }
  });
});

test('the stream: what Lambda reads of it, how often, and where it puts what nobody takes', () => {
  const { Properties } = only('AWS::Lambda::EventSourceMapping', template);
  expect(Properties).toMatchObject({
    BatchSize: 1_000,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    ParallelizationFactor: 1,
    MaximumRetryAttempts: 10_000,
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^Failures/), 'Arn'] } } },
  });
  expect(Properties.MaximumRecordAgeInSeconds).toBeLessThan(86_400);
  const { Filters } = Properties.FilterCriteria as { Filters: { Pattern: string }[] };
  expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
    // Only what Lambda's own table of filter rules lists, under the one key that it has for DynamoDB.
    { dynamodb: { NewImage: { EventCount: { N: [{ exists: true }] } } } },
  ]);
});

describe('MQTT', () => {
  test('the rule hands to the function; what it cannot hand on is kept', () => {
    expect(only('AWS::IoT::TopicRule', template).Properties).toMatchObject({
      RuleName: 'mbed_time_series_notifications',
      TopicRulePayload: {
        Sql: IOT_RULE_SQL,
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Lambda: { FunctionArn: { 'Fn::GetAtt': [expect.stringMatching(/^Iot/), 'Arn'] } } }],
        ErrorAction: { Sqs: { QueueUrl: { Ref: expect.stringMatching(/^Failures/) } } },
      },
    });
    stack.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'iot.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^IotRule'), 'Arn'] },
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
  });

  test('what the function fails at is tried twice more, then kept in the queue', () => {
    expect(only('AWS::Lambda::EventInvokeConfig', template).Properties).toMatchObject({
      MaximumEventAgeInSeconds: 6 * 3_600,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^Failures/), 'Arn'] } } },
    });
  });

  test("a board connects under its thing's name, and publishes to that name's topic alone", () => {
    const { Properties } = only('AWS::IoT::Policy', template);
    const { Statement } = Properties.PolicyDocument as { Statement: Statement[] };
    const arns = Statement.map(({ Action, Resource }) => [Action, JSON.stringify(Resource)]);
    expect(arns).toEqual([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS IoT's own sign for a variable.
      ['iot:Connect', expect.stringContaining(':client/${iot:Connection.Thing.ThingName}"')],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS IoT's own sign for a variable.
      ['iot:Publish', expect.stringContaining(':topic/mbed/${iot:Connection.Thing.ThingName}/notifications"')],
    ]);
  });
});
