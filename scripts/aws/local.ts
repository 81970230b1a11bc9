/** `mts aws local`: the deployed stack on this machine, until Ctrl-C. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { LocalStack } from '../../cloud/platforms/aws/local/stack.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import { wholeNumber } from '../words.ts';
import { prefixOption } from './account-words.ts';
import { settingsFrom, settingsOptions } from './settings-words.ts';

const { rate, burst } = settingsOptions;

const options = {
  data: { type: 'string', describe: 'Folder to keep it all in; without it a new temporary one' },
  port: { type: 'string', default: '8080', describe: 'Port of the webhook; 0 takes any free one' },
  'mqtt-port': { type: 'string', default: '1883', describe: 'Port of the MQTT broker; 0 takes any free one' },
  'dynamodb-port': { type: 'string', default: '0', describe: 'Port of DynamoDB Local; 0 takes any free one' },
  'services-port': { type: 'string', default: '0', describe: 'Port of CloudWatch, S3 and SQS; 0 takes any free one' },
  ...prefixOption,
  ...{ 'guide-metric': settingsOptions['guide-metric'], rate, burst },
  ...{ 'header-file': settingsOptions['header-file'], 'log-level': settingsOptions['log-level'] },
  json: { type: 'boolean', default: false, describe: 'Print the addresses as JSON' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const localAction: Verb<Args> = (io) => ({
  examples: [
    ['aws local --data ./aws', 'Webhook on http://127.0.0.1:8080/webhook, its key in ./aws/api-key'],
    ['aws local --port 0 --mqtt-port 0 --json', 'On any free ports, for a script'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => local(args, io),
});

async function local(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const port = (option: string, text: string): number => wholeNumber(option, text, 0, 65_535);
  const ports = {
    gateway: port('--port', args.port),
    mqtt: port('--mqtt-port', args.mqttPort),
    dynamoDb: port('--dynamodb-port', args.dynamodbPort),
    services: port('--services-port', args.servicesPort),
  };
  // What is not asked here has the default of a deployment.
  const settings = await settingsFrom({
    ...args,
    retention: settingsOptions.retention.default,
    'api-log-role': settingsOptions['api-log-role'].default,
    apiLogRole: settingsOptions['api-log-role'].default,
    'alarm-email': undefined,
    alarmEmail: undefined,
  });
  const { isElsewhere, OPEN_DOOR, openLocalStack } = await import('./local-stack.ts');
  if (ports.dynamoDb !== 0 && isElsewhere('DYNAMODB')) {
    throw new UsageError(
      '--dynamodb-port is for a DynamoDB that is started here, and AWS_ENDPOINT_URL_DYNAMODB leads to another',
      'Unset the variable, or leave the option out.',
    );
  }
  const { temporaryFolder } = await import('../run-and-compare.ts');
  const { given } = await import('../serve.ts');
  const data = args.data ?? (await temporaryFolder());
  const { prefix, guideMetric, demandedHeader, logLevel } = settings;
  const throttle = { rate: settings.rate, burst: settings.burst };
  const words = { dataDir: data, ports, prefix, guideMetric, logLevel, throttle };
  let stack: LocalStack;
  try {
    stack = await openLocalStack({ ...words, ...(demandedHeader === undefined ? {} : { demandedHeader }) }, io);
  } catch (error) {
    if (io.stop.aborted) return;
    throw error;
  }
  try {
    await io.out(
      args.json ? `${JSON.stringify(addresses(stack, data))}\n` : text(stack, data, isElsewhere('DYNAMODB')),
    );
    if (!isElsewhere('DYNAMODB')) io.err(OPEN_DOOR);
    await given(io.stop);
  } finally {
    await Promise.race([stack.close(), given(io.abandon)]);
  }
}

function addresses(stack: LocalStack, data: string): object {
  const { webhookUrl, apiKeyFile, mqttUrl, dynamoDbEndpoint, servicesEndpoint } = stack;
  const { region, table, bucket, queueUrl, namespace } = stack;
  return {
    ...{ webhook: webhookUrl, keyFile: apiKeyFile, mqtt: mqttUrl, dynamodb: dynamoDbEndpoint },
    ...{ services: servicesEndpoint ?? null, region, table, bucket, queue: queueUrl, namespace, data },
  };
}

function text(stack: LocalStack, data: string, elsewhere: boolean): string {
  const { webhookUrl, apiKeyFile, mqttUrl, dynamoDbEndpoint, servicesEndpoint = 'elsewhere', backends } = stack;
  const variables = Object.entries(backends.endpoints).map(([name, url]) => `export ${name}=${url}`);
  return [
    `Webhook     ${webhookUrl}`,
    `Its key     ${apiKeyFile}: give it to --header-file`,
    `MQTT        ${mqttUrl}, topic mbed/ENDPOINT/notifications`,
    `DynamoDB    ${dynamoDbEndpoint}${elsewhere ? ', elsewhere, as AWS_ENDPOINT_URL_DYNAMODB says' : ''}`,
    `CloudWatch, S3 and SQS: ${servicesEndpoint}`,
    `Data        ${data}`,
    'For report, verify, page and aside with `--platform aws`, and `aws republish`, in another terminal:',
    `  export AWS_REGION=${stack.region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
    ...variables.map((line) => `  ${line}`),
    `  mts report --platform aws --bucket ${stack.bucket}`,
    'Ctrl-C ends.\n',
  ].join('\n');
}
