/** What the stack tells about itself once it stands: nothing of it is secret. */
import { Aws, CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Names, NOTIFICATION_TOPIC_FILTER } from '../names.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';

export const OUTPUTS = {
  WebhookUrl: 'Where notifications are sent (PUT), with the API key in the header x-api-key',
  ApiKeyId: 'Of the key, not the key itself: `mts aws outputs --key-file FILE` fetches it',
  TableName: 'The DynamoDB table of presses per hour',
  AsideBucket: 'The S3 bucket of what was not understood, under aside/',
  FailureQueueUrl: 'The SQS queue that says what failed, why, and where it lies',
  DashboardUrl: 'The CloudWatch dashboard',
  MqttTopic: "What boards publish to over MQTT, + being the thing's name",
  MqttEndpoint: 'How to ask for the address of AWS IoT Core, which is the same for the whole account',
} as const;

export type OutputName = keyof typeof OUTPUTS;

export function addOutputs(scope: Construct, names: Names, { api, data }: { readonly api: Api; readonly data: Data }) {
  const values: Readonly<Record<OutputName, string>> = {
    WebhookUrl: api.url,
    ApiKeyId: api.key.keyId,
    TableName: data.table.tableName,
    AsideBucket: data.bucket.bucketName,
    FailureQueueUrl: data.queue.queueUrl,
    DashboardUrl: `https://console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${names.dashboard}`,
    MqttTopic: NOTIFICATION_TOPIC_FILTER,
    MqttEndpoint: `aws iot describe-endpoint --endpoint-type iot:Data-ATS --region ${Aws.REGION}`,
  };
  for (const [name, value] of Object.entries(values)) {
    new CfnOutput(scope, name, { value, description: OUTPUTS[name as OutputName] });
  }
}
