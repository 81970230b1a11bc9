/** Templates that the tests look at, and looking at them. */
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { DEFAULT_SETTINGS, type StackSettings } from '../../../../../cloud/platforms/aws/stack/settings.ts';
import { synthesize } from '../../../../../cloud/platforms/aws/stack/stack.ts';
import { withBundles } from './fixture.ts';

/** Every setting another than the default. */
export const OTHER: StackSettings = {
  prefix: 'test_',
  guideMetric: false,
  rate: 7,
  burst: 9,
  retentionDays: 3,
  alarmEmail: 'somebody@example.com',
  demandedHeader: `authorization:${'ab'.repeat(32)}`,
  logLevel: 'debug',
  apiLogRole: false,
};

/**
 * The template with these settings. Checked against CloudFormation's own rules, which takes seconds, only where asked: what they
 * refuse then throws.
 */
export function templateWith(settings: StackSettings, checked = false): Promise<object> {
  // Read by CDK as it synthesizes.
  process.env.CDK_VALIDATION = checked ? 'true' : 'false';
  return withBundles((dir, bundles) => synthesize(join(dir, 'out'), settings, bundles).template);
}

/** As it comes, and with everything else. */
export async function bothTemplates(): Promise<[object, object]> {
  return [await templateWith(DEFAULT_SETTINGS), await templateWith(OTHER)];
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

/** Of a template, of one type or of all. */
export function resources(of: object, type?: string): Resource[] {
  const all = Object.values((of as { Resources: Record<string, Resource> }).Resources);
  return type === undefined ? all : all.filter(({ Type }) => Type === type);
}

/** The only one of its type. */
export function only(type: string, of: object): Resource {
  const found = resources(of, type);
  expect(found).toHaveLength(1);
  return found[0]!;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export interface Policy {
  readonly PolicyName: string;
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** Statements of a role, by the name of their policy. */
export function statementsOf(roleName: string, of: object): Record<string, readonly Statement[]> {
  const role = resources(of, 'AWS::IAM::Role').find(({ Properties }) => Properties.RoleName === roleName);
  const policies = role?.Properties.Policies as Policy[];
  return Object.fromEntries(policies.map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument.Statement]));
}

/** CloudFormation writes a list of one without its brackets. */
export const asList = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? one : [one as T]);
