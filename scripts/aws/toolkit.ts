/**
 * AWS's own deployment tool as a library, and how it speaks with the person at the keyboard.
 * https://docs.aws.amazon.com/cdk/api/toolkit-lib/
 */
import { stripVTControlCharacters } from 'node:util';
import type { ICloudAssemblySource, IIoHost, IoMessage, IoRequest, Toolkit } from '@aws-cdk/toolkit-lib';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Io } from '../cli.ts';
import type { Account } from './account.ts';
import type { Assembly } from './assembly.ts';
import { explained } from './explain.ts';
import { optional } from './optional.ts';

/** The code of what is asked before a deployment changes anything. */
const DEPLOY_QUESTION = 'CDK_TOOLKIT_I5060';
/** How long it took to read what was synthesized before: nobody waits for it. */
const SYNTHESIS_TIME = 'CDK_TOOLKIT_I1000';

export interface ToolkitOptions {
  readonly account: Account;
  readonly io: Io;
  /** Nothing is asked: the answer is yes. */
  readonly yes: boolean;
  /** Where what the tool prints as a result goes; its progress goes to stderr. */
  readonly result: (text: string) => void;
}

export interface Outcome<T> {
  /** Undefined where the person said no, or ended with Ctrl-C. */
  readonly value: T | undefined;
}

/** Runs one piece of work with the tool; what it or AWS throws comes out as this project's own errors. */
export async function withToolkit<T>(
  options: ToolkitOptions,
  { dir }: Pick<Assembly, 'dir'>,
  work: (toolkit: Toolkit, source: ICloudAssemblySource) => Promise<T>,
): Promise<Outcome<T>> {
  const { BaseCredentials, Toolkit } = await optional(() => import('@aws-cdk/toolkit-lib'));
  const { credentials: provider, region } = options.account;
  const host = new Host(options);
  const toolkit = new Toolkit({
    ioHost: host,
    color: false,
    emojis: false,
    sdkConfig: {
      baseCredentials: BaseCredentials.custom({ provider, region }),
    },
  });
  try {
    const working = toolkit.fromAssemblyDirectory(dir).then((source) => work(toolkit, source));
    return { value: await stoppable(working, options.io) };
  } catch (error) {
    if (host.refusal !== undefined) throw host.refusal;
    if (host.declined) return { value: undefined };
    throw explained(error);
  }
}

/** Ctrl-C ends our waiting, not what CloudFormation does by then: that it finishes, or takes back, by itself. */
function stoppable<T>(working: Promise<T>, io: Io): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      io.err('Not waiting any more. What CloudFormation has begun, it finishes or takes back by itself.\n');
      resolve(undefined);
    };
    if (io.stop.aborted) stopped();
    else io.stop.addEventListener('abort', stopped, { once: true });
    working.then(resolve, reject).finally(() => io.stop.removeEventListener('abort', stopped));
  });
}

class Host implements IIoHost {
  readonly #options: ToolkitOptions;
  /** The person said no. */
  declined = false;
  /** Why there was nobody to ask. */
  refusal: Error | undefined;

  constructor(options: ToolkitOptions) {
    this.#options = options;
  }

  async notify({ level, code, message }: IoMessage<unknown>): Promise<void> {
    const { io, result } = this.#options;
    if (level === 'debug' || level === 'trace' || code === SYNTHESIS_TIME) return;
    const text = `${stripVTControlCharacters(message).trimEnd()}\n`;
    if (level === 'result') result(text);
    else if (text.trim() !== '') io.err(text);
  }

  async requestResponse<T>(request: IoRequest<unknown, T>): Promise<T> {
    if (request.code !== DEPLOY_QUESTION) return this.#options.yes ? (true as T) : request.defaultResponse;
    return (await this.#mayDeploy(request)) as T;
  }

  /** Only where permissions become more than they are, as at the first deployment, somebody must have seen it. */
  async #mayDeploy({ message, data }: IoRequest<unknown, unknown>): Promise<boolean> {
    const { io, yes } = this.#options;
    const broadening = (data as { permissionChangeType?: string }).permissionChangeType === 'broadening';
    if (!broadening) return true;
    io.err(`${stripVTControlCharacters(message).replace(/\n+[^\n]*Do you wish to deploy[^\n]*$/, '')}\n\n`);
    if (yes) return true;
    if (io.ask === undefined) {
      this.refusal = new UsageError(
        'this deployment gives permissions that are not given yet, as shown above',
        'Look at them, then give --yes.',
      );
      return false;
    }
    this.declined = !(await agreed(io.ask, 'Deploy with these permissions?'));
    return !this.declined;
  }
}

/** Whether the person at the terminal says yes. */
export async function agreed(ask: NonNullable<Io['ask']>, question: string): Promise<boolean> {
  return /^\s*y(es)?\s*$/i.test(await ask(`${question} [y/N] `));
}
