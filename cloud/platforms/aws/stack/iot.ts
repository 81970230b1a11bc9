/** The way over MQTT: AWS IoT Core's rule hands messages to the function, and a policy ties each board to its own topic. */
import { Aws, Duration } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Construct } from 'constructs';
import { IOT_RULE_SQL, type Names, notificationTopic } from '../names.ts';
import type { Data } from './data.ts';

/** https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-sql-version.html */
const SQL_VERSION = '2016-03-23';
/** The connected thing's name, which AWS IoT puts in. https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html */
// biome-ignore lint/suspicious/noTemplateCurlyInString: AWS IoT's own sign for a variable.
const THING = '${iot:Connection.Thing.ThingName}';

export function addIot(scope: Construct, names: Names, iot: LambdaFunction, { queue }: Data): void {
  addRule(scope, names, iot, queue);
  addBoardPolicy(scope, names);
  // The rule invokes asynchronously. What the function fails at is tried twice more, within minutes; what Lambda itself cannot run
  // is, for hours. Then it is in the queue, from which `mts aws redrive` takes it.
  iot.configureAsyncInvoke({
    maxEventAge: Duration.hours(6),
    retryAttempts: 2,
    onFailure: new SqsDestination(queue),
  });
}

function addRule(scope: Construct, names: Names, iot: LambdaFunction, queue: Data['queue']): void {
  const role = new Role(scope, 'IotRuleRole', {
    roleName: names.iotRuleRole,
    assumedBy: new ServicePrincipal('iot.amazonaws.com'),
    inlinePolicies: {
      failures: new PolicyDocument({
        statements: [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] })],
      }),
    },
  });
  const rule = new CfnTopicRule(scope, 'IotRule', {
    ruleName: names.iotRule,
    topicRulePayload: {
      sql: IOT_RULE_SQL,
      awsIotSqlVersion: SQL_VERSION,
      ruleDisabled: false,
      description: 'Notifications of mbed boards, by MQTT, into the function that counts them',
      actions: [{ lambda: { functionArn: iot.functionArn } }],
      errorAction: { sqs: { queueUrl: queue.queueUrl, roleArn: role.roleArn, useBase64: false } },
    },
  });
  iot.addPermission('IotRule', {
    principal: new ServicePrincipal('iot.amazonaws.com'),
    sourceArn: rule.attrArn,
    sourceAccount: Aws.ACCOUNT_ID,
  });
}

/** For a board's certificate: it connects under its thing's name, and publishes to that name's topic. Nothing else. */
function addBoardPolicy(scope: Construct, names: Names): void {
  const arn = (rest: string): string => `arn:${Aws.PARTITION}:iot:${Aws.REGION}:${Aws.ACCOUNT_ID}:${rest}`;
  const attached = { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } };
  new CfnPolicy(scope, 'IotPolicy', {
    policyName: names.iotPolicy,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iot:Connect', Resource: arn(`client/${THING}`), Condition: attached },
        { Effect: 'Allow', Action: 'iot:Publish', Resource: arn(`topic/${notificationTopic(THING)}`) },
      ],
    },
  });
}
