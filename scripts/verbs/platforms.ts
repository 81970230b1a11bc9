/** `mts platforms`: what each platform needs, how exact it is, what it costs, its limits, and how to start it. */
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Io, Verb } from '../cli.ts';
import { platformFacts } from '../platform-facts.ts';
import { comparison, described } from '../platform-table.ts';
import { choice } from '../words.ts';

const options = {
  platform: { type: 'string', describe: 'Only this one, in full' },
  json: { type: 'boolean', default: false, describe: 'One JSON document' },
} as const;

type Args = InferredOptionTypes<typeof options>;

export const platformsVerb: Verb<Args> = (io) => ({
  examples: [
    ['platforms', 'All of them, side by side where the terminal is wide enough'],
    ['platforms --platform aws', 'One of them, in full'],
    ['platforms --json', 'For a program'],
  ],
  builder: (yargs) => yargs.options(options),
  handler: (args) => platforms(args, io),
});

async function platforms(args: ArgumentsCamelCase<Args>, io: Io): Promise<void> {
  const all = await platformFacts();
  const name =
    args.platform === undefined
      ? undefined
      : choice(
          '--platform',
          args.platform,
          all.map((one) => one.name),
        );
  const wanted = all.filter((one) => name === undefined || one.name === name);
  if (args.json) await io.out(`${JSON.stringify({ platforms: wanted })}\n`);
  else
    await io.out(
      name === undefined ? comparison(wanted, io.columns) : wanted.map((one) => described(one, io.columns)).join(''),
    );
}
