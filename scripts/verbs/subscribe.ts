/** `mts subscribe`: a pre-subscription rule for boards that register, beside those that are there. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Io, Verb } from '../cli.ts';
import { added, replacing, ruleOf, ruleOptions, ruleText } from '../rule-words.ts';
import { serviceOf, serviceOptions, unlessStopped } from '../service-words.ts';

const options = {
  ...serviceOptions,
  ...ruleOptions,
  replace: { type: 'boolean', default: false, describe: 'In place of all rules of the key, instead of beside them' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const subscribeVerb: Verb<Args> = (io, end) => ({
  examples: [
    ['subscribe --key-file api-key.txt', 'Presses of every board'],
    ["subscribe --key-file api-key.txt --endpoint 'board-*' --path '/3200/*'", 'More, of some'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => unlessStopped(io, end, () => subscribe(args, io)),
});

async function subscribe(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const { changeRules } = await import('../../cloud/connector/client/subscriptions.ts');
  const rule = ruleOf(args);
  const service = await serviceOf(args, io);
  const { changed, rules } = await changeRules(service, args.replace ? replacing(rule) : added(rule));
  if (args.json) await io.out(`${JSON.stringify({ changed, rules })}\n`);
  else {
    await io.out(`${changed ? 'Subscribed' : 'Subscribed already'} to ${ruleText(rule)}\n`);
    if (rules.length > 1) await io.out(`The key has ${rules.length} rules: see --json\n`);
  }
  if (changed) io.err(CHANGE_NOTE);
}

export const CHANGE_NOTE =
  'mts: Pelion applies this when a board next registers or updates its registration; ' +
  'Device Connector at once, and drops all subscriptions made one by one\n';
