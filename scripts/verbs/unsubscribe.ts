/** `mts unsubscribe`: takes out the rule that `mts subscribe` made from the same words, or all of them. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../cli.ts';
import { ruleOf, ruleOptions, ruleText } from '../rule-words.ts';
import { serviceOf, serviceOptions, unlessStopped } from '../service-words.ts';
import { CHANGE_NOTE } from './subscribe.ts';

const options = {
  ...serviceOptions,
  ...ruleOptions,
  all: { type: 'boolean', default: false, describe: 'All rules of the key, whoever made them' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const unsubscribeVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['unsubscribe --key-file api-key.txt', 'Takes back `mts subscribe`; other rules stay'],
    ['unsubscribe --key-file api-key.txt --all', 'Deletes every rule of the key'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => unlessStopped(io, end, () => unsubscribe(args, io)),
});

async function unsubscribe(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const { withoutRule } = await import('../../cloud/connector/client/rules.ts');
  const { changeRules, deleteAllRules } = await import('../../cloud/connector/client/subscriptions.ts');
  const rule = ruleOf(args);
  if (args.all && (args.endpoint !== undefined || args.type !== undefined)) {
    throw new UsageError('--all is given with --endpoint or --type', 'Give only one of them.');
  }
  const service = await serviceOf(args, io);
  if (args.all) {
    await deleteAllRules(service);
    await io.out(args.json ? '{"changed":true,"rules":[]}\n' : 'All subscriptions of the key are deleted\n');
    return;
  }
  const { changed, rules } = await changeRules(service, (before) => withoutRule(before, rule));
  if (args.json) await io.out(`${JSON.stringify({ changed, rules })}\n`);
  else {
    const others =
      rules.length === 0 ? '' : `; ${rules.length} other ${rules.length === 1 ? 'rule stays' : 'rules stay'}`;
    await io.out(
      `${changed ? 'No longer subscribed' : 'There was no such subscription'}: ${ruleText(rule)}${others}\n`,
    );
  }
  if (changed) io.err(CHANGE_NOTE);
}
