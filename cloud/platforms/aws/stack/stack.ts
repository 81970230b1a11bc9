/**
 * The whole deployment as one CloudFormation stack, for any account and region.
 *
 *   webhook → API Gateway ──► webhook function ─┐
 *   MQTT ───► AWS IoT Core ──► iot function ────┴► DynamoDB ─ stream ─► stream function ─► CloudWatch
 *                                    └► what is not understood: S3, and a queue that says why
 *
 * https://docs.aws.amazon.com/cdk/api/v2/docs/aws-construct-library.html
 */
import { App, CfnWaitConditionHandle, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { namesWith } from '../names.ts';
import { addAlarms } from './alarms.ts';
import { addApi } from './api.ts';
import type { Bundles } from './bundle.ts';
import { addDashboard } from './dashboard.ts';
import { addData } from './data.ts';
import { addFunctions } from './functions.ts';
import { healthOf } from './health.ts';
import { addIot } from './iot.ts';
import { addOutputs } from './outputs.ts';
import { addRoles } from './roles.ts';
import type { StackSettings } from './settings.ts';
import { addStream } from './stream.ts';

/** Adds the stack to an app. Without bundles it is only its name: enough to delete what stands under it. */
export function addStack(app: Construct, settings: StackSettings, bundles: Bundles | undefined): Stack {
  const names = namesWith(settings.prefix);
  const stack = new Stack(app, names.stack, {
    stackName: names.stack,
    description: 'mbed-time-series: button presses of mbed boards, counted exactly, per hour',
    analyticsReporting: false,
  });
  if (bundles === undefined) {
    // Never deployed: a template must hold something.
    new CfnWaitConditionHandle(stack, 'Name');
    return stack;
  }
  const data = addData(stack, names);
  const roles = addRoles(stack, names, data);
  const functions = addFunctions(stack, names, settings, { data, roles, bundles });
  const api = addApi(stack, names, settings, functions.webhook);
  addStream(functions.stream, data);
  addIot(stack, names, functions.iot, data);
  const health = healthOf(api.api, functions, data.queue);
  addAlarms(stack, names, health, settings.alarmEmail);
  addDashboard(stack, names, health, settings.guideMetric);
  addOutputs(stack, names, { api, data });
  return stack;
}

/** What CloudFormation would refuse is found here. https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html */
const CONTEXT = { '@aws-cdk/core:validateAgainstDefaultRules': true };

/** Synthesizes into `dir`: the template, what to upload, and a manifest of both. Asks nothing of a network or an account. */
export function synthesize(dir: string, settings: StackSettings, bundles: Bundles | undefined): Synthesized {
  const app = new App({ outdir: dir, analyticsReporting: false, treeMetadata: false, context: CONTEXT });
  const stack = addStack(app, settings, bundles);
  const assembly = app.synth();
  return { name: stack.stackName, template: assembly.getStackByName(stack.stackName).template as object };
}

export interface Synthesized {
  /** Of the stack. */
  readonly name: string;
  readonly template: object;
}
