/** One verb or action by itself, through yargs as strict as in the command: what it prints, and what it throws. */
import yargs, { type ArgumentsCamelCase } from 'yargs';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../../../scripts/cli.ts';

export interface Printed {
  readonly out: string;
  readonly err: string;
}

export async function runAction<Args>(verb: Verb<Args>, words: readonly string[], columns = 80): Promise<Printed> {
  let [out, err] = ['', ''];
  const never = new AbortController().signal;
  const io: Io = {
    out: async (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    errIsTerminal: false,
    ask: undefined,
    columns,
    now: Date.now,
    sleep: async () => undefined,
    stop: never,
    abandon: never,
  };
  const { builder, handler } = verb(io, () => undefined);
  const parser = yargs([...words])
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message, 'See --help.');
    });
  await handler((await builder(parser).parseAsync()) as ArgumentsCamelCase<Args>);
  return { out, err };
}
