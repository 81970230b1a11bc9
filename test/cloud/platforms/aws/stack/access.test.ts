/** Who may do what: the functions in the account, and senders at the webhook. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { asList, bothTemplates, only, type Policy, resources, statementsOf } from './template.ts';

let [template, other] = [{}, {}] as [object, object];
let stack: Template;
beforeAll(async () => {
  [template, other] = await bothTemplates();
  stack = Template.fromJSON(template);
});

describe('permissions', () => {
  const GUIDE = ['AWSLambdaBasicExecutionRole', 'AWSLambdaMicroserviceExecutionRole'];

  test("the guide's two functions share its role, with its two policies and no other", () => {
    const statements = statementsOf('mbed_time_series_database', template);
    expect(Object.keys(statements).sort()).toEqual(GUIDE);
    const roles = resources(template, 'AWS::Lambda::Function').map(({ Properties }) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(2);
    expect(resources(template, 'AWS::IAM::Policy')).toEqual([]);
    expect(resources(template, 'AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  test('a star stands only where an action knows no ARN', () => {
    const stars = resources(template, 'AWS::IAM::Role')
      .flatMap(({ Properties }) => (Properties.Policies ?? []) as Policy[])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => asList(Resource).includes('*'));
    expect(new Set(stars.flatMap(({ Action }) => asList(Action)))).toEqual(
      new Set([
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'dynamodb:ListStreams',
        'cloudwatch:PutMetricData',
      ]),
    );
  });

  test('nothing is permitted by a pattern of actions', () => {
    const allowed = resources(template, 'AWS::IAM::Role')
      .flatMap(({ Properties }) => (Properties.Policies ?? []) as Policy[])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .flatMap(({ Action }) => asList(Action));
    expect(allowed.length).toBeGreaterThan(15);
    expect(allowed.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('metrics go to our namespace alone', () => {
    const statements = Object.values(statementsOf('test_mbed_time_series_database', other)).flat();
    const found = statements.find(({ Action }) => asList(Action).includes('cloudwatch:PutMetricData'));
    expect(found?.Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'test_MbedButtonPressHour' } });
  });

  test('nobody may delete counts, or what is set aside', () => {
    const all = JSON.stringify(resources(template, 'AWS::IAM::Role'));
    expect(all).not.toMatch(
      /dynamodb:DeleteItem|dynamodb:BatchWriteItem|dynamodb:DeleteTable|dynamodb:Scan|s3:Delete|sqs:DeleteMessage/,
    );
  });

  /** What the store, the shelf and the queue send: table.ts, bucket.ts and queue.ts. */
  const COUNTING = [
    { Action: ['dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'] },
    { Action: 's3:PutObject' },
    { Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': 'aside/*' } } },
    { Action: 'sqs:SendMessage' },
  ];
  const STREAM = [
    { Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'] },
    { Action: 'dynamodb:ListStreams' },
    { Action: 'cloudwatch:PutMetricData' },
  ];

  test('each function may do all that it does: to count, to set aside, to read the stream, to tell CloudWatch', () => {
    const { AWSLambdaMicroserviceExecutionRole: guide } = statementsOf('mbed_time_series_database', template);
    expect(guide).toMatchObject([...COUNTING, ...STREAM]);
    expect(guide).toHaveLength(COUNTING.length + STREAM.length);
    // A role of its own, without the stream and without CloudWatch.
    const { AWSLambdaMicroserviceExecutionRole: iot } = statementsOf('mbed_time_series_iot', template);
    expect(iot).toMatchObject(COUNTING);
    expect(iot).toHaveLength(COUNTING.length);
  });
});

describe('the webhook', () => {
  const method = (verb: string) =>
    resources(template, 'AWS::ApiGateway::Method').find(({ Properties }) => Properties.HttpMethod === verb)?.Properties;

  test("is the guide's API and resource; PUT asks for the API key, GET does not", () => {
    expect(only('AWS::ApiGateway::RestApi', template).Properties).toMatchObject({
      Name: 'mbed time series database webhook',
      BinaryMediaTypes: ['*/*'],
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    expect(only('AWS::ApiGateway::Resource', template).Properties.PathPart).toBe('webhook');
    expect(resources(template, 'AWS::ApiGateway::Method')).toHaveLength(2);
    expect(method('PUT')).toMatchObject({ ApiKeyRequired: true, Integration: { Type: 'AWS_PROXY' } });
    expect(method('GET')).toMatchObject({ Integration: { Type: 'AWS_PROXY' } });
    expect(method('GET')?.ApiKeyRequired ?? false).toBe(false);
  });

  test('the key is of a plan that bounds the rate; so is the stage', () => {
    for (const [of, rate, burst] of [[template, 100, 200] as const, [other, 7, 9] as const]) {
      expect(only('AWS::ApiGateway::UsagePlan', of).Properties.Throttle).toEqual({
        RateLimit: rate,
        BurstLimit: burst,
      });
      expect(only('AWS::ApiGateway::Stage', of).Properties.MethodSettings).toEqual([
        expect.objectContaining({ HttpMethod: '*', ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }),
      ]);
    }
    stack.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 1);
  });

  test('requests are logged and traced, without what they hold', () => {
    const { Properties } = only('AWS::ApiGateway::Stage', template);
    expect(Properties).toMatchObject({ TracingEnabled: true, AccessLogSetting: { DestinationArn: expect.anything() } });
    expect(Properties.MethodSettings).toEqual([expect.objectContaining({ DataTraceEnabled: false })]);
    const { Format } = Properties.AccessLogSetting as { Format: string };
    expect(JSON.parse(Format)).toMatchObject({ status: '$context.status', key: '$context.identity.apiKeyId' });
    expect(Format).not.toMatch(/identity\.apiKey\b|requestOverride|authorizer/);
  });

  test("the account's log role stays when the stack goes, and is left out where asked", () => {
    expect(only('AWS::ApiGateway::Account', template).DeletionPolicy).toBe('Retain');
    expect(resources(other, 'AWS::ApiGateway::Account')).toEqual([]);
  });
});
