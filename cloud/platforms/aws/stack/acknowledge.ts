/** What cdk-nag's AwsSolutions rules would have otherwise, and why not: beside the resource that it is about. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Acknowledges one rule, or one finding of it (`AwsSolutions-IAM5[Resource::*]`), for a resource and what is in it. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}
