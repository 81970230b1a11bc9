/** One process of a function: started, given an event, and ended when it takes too long. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Invoked, runtimePayload, type Said, type Work } from './invocation.ts';

const RUNNER = fileURLToPath(new URL(`./runner.main${extname(import.meta.url)}`, import.meta.url));
/** Lambda's own limit for loading a function, in milliseconds. */
const LOAD_MS = 10_000;

export interface ProcessOptions {
  /** File of the module that exports `handler`. */
  readonly entry: string;
  /** All of the process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A line that the function wrote, on either stream. */
  readonly log: (line: string) => void;
}

export class FunctionProcess {
  readonly #child: ChildProcess;
  /** Resolves when the process has ended and all of its output was read. */
  readonly ended: Promise<void>;
  readonly #loaded: Promise<Said>;
  #hear: (said: Said | undefined) => void = () => undefined;
  #over = false;

  constructor({ entry, env, log }: ProcessOptions) {
    this.#child = fork(RUNNER, [entry], {
      env,
      execArgv: ['--disable-warning=ExperimentalWarning', '--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', log);
    }
    this.#loaded = new Promise((resolve) => {
      this.#hear = (said) => resolve(said ?? { kind: 'unloadable', payload: '' });
    });
    this.#child.on('message', (said: Said) => this.#hear(said));
    const gone = (): void => {
      this.#over = true;
      this.#hear(undefined);
    };
    this.#child.on('error', gone).on('exit', gone);
    this.ended = once(this.#child, 'close').then(
      () => undefined,
      () => undefined,
    );
  }

  /** Whether it can take no more. */
  get over(): boolean {
    return this.#over;
  }

  /** Runs one event; not while another one runs. `timeoutMs` counts from when the function is loaded, as Lambda does. */
  async invoke(work: Omit<Work, 'deadline'>, timeoutMs: number): Promise<Invoked> {
    const { requestId } = work;
    const failed = (payload: string): Invoked => ({ requestId, failed: true, payload });
    const loaded = await this.#before(LOAD_MS, this.#loaded);
    if (loaded?.kind !== 'ready') {
      this.kill();
      if (loaded?.kind === 'unloadable' && loaded.payload !== '') return failed(loaded.payload);
      return failed(runtimePayload('Runtime.ExitError', requestId, 'Runtime exited before it was ready'));
    }
    const said = new Promise<Said | undefined>((resolve) => {
      this.#hear = resolve;
    });
    const deadline = Date.now() + timeoutMs;
    if (this.#over) this.#hear(undefined);
    else this.#child.send({ ...work, deadline } satisfies Work, () => undefined);
    const answer = await this.#before(timeoutMs, said);
    if (answer?.kind === 'answer') return { requestId, failed: false, payload: answer.payload };
    if (answer?.kind === 'error') return failed(answer.payload);
    const [type, message] = this.#over
      ? ['Runtime.ExitError', `Runtime exited with error: ${this.#how()}`]
      : ['Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`];
    this.kill();
    return failed(runtimePayload(type!, requestId, message!));
  }

  /** As kill -9 does it. */
  kill(): void {
    this.#over = true;
    this.#child.kill('SIGKILL');
  }

  #how(): string {
    const { signalCode, exitCode } = this.#child;
    return signalCode === null
      ? `exit status ${exitCode}`
      : `signal: ${signalCode === 'SIGKILL' ? 'killed' : signalCode}`;
  }

  /** Undefined when the time is over. */
  async #before<T>(ms: number, what: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms);
    });
    try {
      return await Promise.race([what, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
