/**
 * The `mts` command: its verbs, and the one place that prints errors and chooses the exit status.
 *
 *   0  done
 *   1  it ran, and the result is not what was asked for
 *   2  the words were wrong, or ask for what the chosen way cannot do
 *   3  something outside is missing or refused: a tool, port, server, drive, permission
 *   20 to 39  `mts firmware flash`, one per cause
 */
import yargs, { type ArgumentsCamelCase, type Argv, type CommandModule } from 'yargs';
import { MtsError, UsageError } from '../cloud/protocol/errors.ts';
import type { FlashStatus } from '../firmware-template/flash/causes.ts';
import { version } from './version.ts';
import { camelCase } from './words.ts';

/** What a verb may touch of the world outside. */
export interface Io {
  /** Results. Resolves when more may be written. */
  readonly out: (text: string) => Promise<void>;
  /** People's text and progress where results go elsewhere. */
  readonly err: (text: string) => void;
  /** Progress may redraw its line. */
  readonly errIsTerminal: boolean;
  /** Asks the person at the terminal, and resolves with the answer, '' at Ctrl-C. Undefined where there is nobody to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Keys as they are pressed at the terminal, until whoever reads them stops. Undefined where there is none. */
  readonly keys?: (() => AsyncIterable<string>) | undefined;
  /** Width of the terminal, in characters. */
  readonly columns: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The first Ctrl-C: end in good order. */
  readonly stop: AbortSignal;
  /** The second: end now. */
  readonly abandon: AbortSignal;
}

/** Exit statuses of a verb that ran; from 20 on each is a cause of its own (firmware-template/flash/causes.ts). */
export type Status = 0 | 1 | FlashStatus;

/** A verb's options and its work, made with the world it may touch and a place for the status that it ends with. */
export type Verb<Args> = (
  io: Io,
  end: (status: Status) => void,
) => {
  /** Command lines, without `mts`, and what each does. */
  readonly examples: readonly Example[];
  readonly builder: (yargs: Argv) => Argv<Args>;
  readonly handler: (args: ArgumentsCamelCase<Args>) => Promise<void>;
};

export type Example = readonly [line: string, what: string];

type AnyVerb = (...world: Parameters<Verb<object>>) => {
  readonly examples: readonly Example[];
  readonly builder: (yargs: Argv) => unknown;
  readonly handler: (args: never) => Promise<void>;
};

/** A line of the list of verbs, or of a verb's actions. */
export interface Listed {
  readonly command: string;
  readonly describe: string;
  /** Its file is loaded when it is used or asked about: the list of all verbs must not wait for them. */
  readonly load: () => Promise<AnyVerb | Actions>;
}

/** In place of work of its own, a verb may have actions: `mts aws deploy`. Each has its own options, help and examples. */
export interface Actions {
  readonly examples: readonly Example[];
  readonly actions: readonly Listed[];
}

const VERBS: readonly Listed[] = [
  {
    command: 'up',
    describe: 'Run it all here: boards, receiver, store and the live page',
    load: async () => (await import('./verbs/up.ts')).upVerb,
  },
  {
    command: 'ingest',
    describe: 'Receive notifications on a webhook, or from a broker, and count them',
    load: async () => (await import('./verbs/ingest.ts')).ingestVerb,
  },
  {
    command: 'connector [part] [action] [name]',
    describe: 'Stand in for mbed Device Connector: boards in, API and notifications out',
    load: async () => (await import('./verbs/connector.ts')).connectorVerb,
  },
  {
    command: 'simulate',
    describe: 'Press simulated boards that send to a receiver',
    load: async () => (await import('./verbs/simulate.ts')).simulateVerb,
  },
  {
    command: 'report',
    describe: 'Print presses per hour',
    load: async () => (await import('./verbs/report.ts')).reportVerb,
  },
  {
    command: 'verify',
    describe: 'Compare a ledger with the counts of a store',
    load: async () => (await import('./verbs/verify.ts')).verifyVerb,
  },
  {
    command: 'copy',
    describe: 'Move the counts of one store into another, boards whole',
    load: async () => (await import('./verbs/copy.ts')).copyVerb,
  },
  {
    command: 'aside <action>',
    describe: 'List what was not understood, give it another try, or drop it',
    load: async () => (await import('./verbs/aside.ts')).asideVerb,
  },
  {
    command: 'page',
    describe: 'Show presses per hour as a live page',
    load: async () => (await import('./verbs/page.ts')).pageVerb,
  },
  {
    command: 'aws',
    describe: 'Deploy it to an AWS account, or run the same on this machine',
    load: async () => (await import('./verbs/aws.ts')).awsVerb,
  },
  {
    command: 'azure',
    describe: 'What runs in Microsoft Azure: its template, and its functions',
    load: async () => (await import('./verbs/azure.ts')).azureVerb,
  },
  {
    command: 'google',
    describe: 'What runs in Google Cloud: its Terraform, its functions, its dashboard',
    load: async () => (await import('./verbs/google.ts')).googleVerb,
  },
  {
    command: 'graphite',
    describe: 'What a Graphite server needs to keep presses by the hour',
    load: async () => (await import('./verbs/graphite.ts')).graphiteVerb,
  },
  {
    command: 'platforms',
    describe: 'Compare what counts can be kept in and shown by: needs, exactness, cost, limits',
    load: async () => (await import('./verbs/platforms.ts')).platformsVerb,
  },
  {
    command: 'dashboard',
    describe: 'Make a dashboard for a program that draws it, like Grafana',
    load: async () => (await import('./verbs/dashboard.ts')).dashboardVerb,
  },
  {
    command: 'webhook',
    describe: 'Register the webhook with a service, look at it, or delete it',
    load: async () => (await import('./verbs/webhook.ts')).webhookVerb,
  },
  {
    command: 'subscribe',
    describe: 'Have a service send the presses of boards',
    load: async () => (await import('./verbs/subscribe.ts')).subscribeVerb,
  },
  {
    command: 'unsubscribe',
    describe: 'Have a service send them no more',
    load: async () => (await import('./verbs/unsubscribe.ts')).unsubscribeVerb,
  },
  {
    command: 'credentials',
    describe: 'Make and keep the certificates of boards and of their server',
    load: async () => (await import('./verbs/credentials.ts')).credentialsVerb,
  },
  {
    command: 'firmware',
    describe: 'A real board: its configuration, its image, flashing it, reading what it says',
    load: async () => (await import('./verbs/firmware.ts')).firmwareVerb,
  },
  {
    command: 'doctor',
    describe: 'Check what is on this machine of all that is needed',
    load: async () => (await import('./verbs/doctor.ts')).doctorVerb,
  },
];

/** Runs one command line and resolves to its exit status; never rejects. */
export async function main(words: readonly string[], io: Io): Promise<number> {
  let status: number = 0;
  const end = (chosen: Status): void => {
    status = chosen;
  };
  /** The verb, and its action if it has them, that the words name. */
  const path: string[] = [];
  let examples: readonly Example[] = [];
  const parser = yargs([...words])
    .scriptName('mts')
    .usage('Button presses off mbed boards, counted exactly, as a graph of presses per hour.\n\nmts <verb> [options]')
    .version(version())
    .alias('help', 'h')
    .wrap(null)
    .parserConfiguration({ 'boolean-negation': false })
    .strict()
    .check(refuseRepeated)
    .recommendCommands()
    .demandCommand(1, 'Say what to do: a verb is missing.')
    .exitProcess(false)
    .fail((message, error) => {
      // A verb's own error passes; yargs' own is about the words.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError(message ?? error.message, `See \`${['mts', ...path].join(' ')} --help\`.`);
    })
    .epilogue('`mts <verb> --help` has examples. `mts up` shows it all at once.');
  const loaded = (name: string, shown: readonly Example[]): void => {
    path.push(name);
    examples = shown;
  };
  for (const listed of VERBS) parser.command(commandOf(listed, io, end, loaded));
  try {
    let shown = '';
    await parser.parseAsync([...words], {}, (_error, _words, output) => {
      shown = output;
    });
    if (shown !== '') await io.out(`${shown}\n${examplesText(examples)}`);
    return status;
  } catch (error) {
    return explain(error, io);
  }
}

/** Of an option given twice, nobody can say which was meant, unless it is a list. */
function refuseRepeated(words: Readonly<Record<string, unknown>>, parsed: object): true {
  const { array: lists } = parsed as { readonly array: readonly string[] };
  const mayRepeat = new Set(['_', ...lists, ...lists.map(camelCase)]);
  const repeated = Object.keys(words).find((name) => Array.isArray(words[name]) && !mayRepeat.has(name));
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once`, 'Give it once.');
  return true;
}

function commandOf(
  { command, describe, load }: Listed,
  io: Io,
  end: (status: Status) => void,
  loaded: (name: string, examples: readonly Example[]) => void,
): CommandModule {
  const name = command.split(' ')[0] ?? command;
  return {
    command,
    describe,
    builder: async (yargs) => {
      const found = await load();
      if ('actions' in found) {
        loaded(name, found.examples);
        for (const action of found.actions) yargs.command(commandOf(action, io, end, loaded));
        return yargs.demandCommand(1, 'Say what to do: an action is missing.');
      }
      const { examples, builder } = found(io, end);
      loaded(name, examples);
      return builder(yargs) as Argv;
    },
    handler: async (args) => {
      const found = await load();
      if (!('actions' in found)) await found(io, end).handler(args as never);
    },
  };
}

/** A line each, as it would be typed: a table of two columns would break them. */
function examplesText(examples: readonly Example[]): string {
  if (examples.length === 0) return '';
  return `\nExamples:\n${examples.map(([line, what]) => `  mts ${line}\n      ${what}\n`).join('')}`;
}

function explain(error: unknown, io: Io): number {
  if (!(error instanceof Error)) throw error;
  if (error instanceof MtsError) {
    io.err(`mts: ${error.message}\n${error.fix === undefined ? '' : `${error.fix}\n`}`);
    return error instanceof UsageError ? 2 : 3;
  }
  io.err(`mts: this is a bug in mbed-time-series: ${error.stack ?? error.message}\n`);
  return 1;
}
