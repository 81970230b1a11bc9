/** `mts aws diff`: what a deployment would change, without changing it. */
import type { InferredOptionTypes } from 'yargs';
import type { Verb } from '../cli.ts';
import { openKnownAccount } from './account.ts';
import { accountFrom, accountOptions } from './account-words.ts';
import { withAssembly } from './assembly.ts';
import { settingsFrom, settingsOptions } from './settings-words.ts';
import { withToolkit } from './toolkit.ts';

const options = {
  ...accountOptions,
  ...settingsOptions,
  json: { type: 'boolean', default: false, describe: 'One JSON document: what is added, changed and removed' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const diffAction: Verb<Args> = (io, end) => ({
  examples: [
    ['aws diff', 'Before an update'],
    ['aws diff --guide-metric off --json', 'What this word would change, for a program'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: async (args) => {
    const words = accountFrom(args);
    const settings = await settingsFrom(args);
    const account = await openKnownAccount(words);
    await withAssembly(settings, async (assembly) => {
      let text = '';
      const result = (shown: string): void => {
        text += shown;
      };
      const { value } = await withToolkit({ account, io, yes: false, result }, assembly, async (toolkit, source) => {
        const { DiffMethod } = await import('@aws-cdk/toolkit-lib');
        // Of the templates alone: a change set would be made in the account, which a question should not.
        return await toolkit.diff(source, { method: DiffMethod.TemplateOnly() });
      });
      if (value === undefined) return end(1);
      await io.out(args.json ? `${JSON.stringify({ stack: assembly.name, ...changesOf(value) })}\n` : text);
    });
  },
});

type Differences = Readonly<Record<string, { readonly resources: { readonly changes: Record<string, Difference> } }>>;
interface Difference {
  readonly isAddition: boolean;
  readonly isRemoval: boolean;
}

/** Logical ids of resources. */
function changesOf(differences: Differences): Readonly<Record<'added' | 'changed' | 'removed', string[]>> {
  const changes = Object.values(differences).flatMap(({ resources }) => Object.entries(resources.changes));
  const named = (which: (difference: Difference) => boolean): string[] =>
    changes.filter(([, difference]) => which(difference)).map(([id]) => id);
  return {
    added: named(({ isAddition }) => isAddition),
    changed: named(({ isAddition, isRemoval }) => !isAddition && !isRemoval),
    removed: named(({ isRemoval }) => isRemoval),
  };
}
