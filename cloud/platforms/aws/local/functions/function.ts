/**
 * A function as Lambda runs it: processes that are started when an event finds none idle, each with one event at a time,
 * kept warm afterwards. Unlike Lambda, which refuses what is beyond the concurrency, events then wait for their turn.
 */
import { randomUUID } from 'node:crypto';
import { ASYNC_LIMIT, EventTooLarge, type Invoked, SYNC_LIMIT } from './invocation.ts';
import { FunctionProcess } from './process.ts';

export interface FunctionOptions {
  readonly name: string;
  readonly arn: string;
  /** File of the module that exports `handler`: a `*.main.ts`, or a bundle. */
  readonly entry: string;
  /** What the function is told. Lambda's own variables are added. */
  readonly env: Readonly<Record<string, string>>;
  readonly region: string;
  /** Of one invocation. */
  readonly timeoutMs: number;
  /** Events at once. */
  readonly maxProcesses: number;
  /** What the function is told it has; nothing bounds it here. */
  readonly memoryMB?: number;
  readonly log: (line: string) => void;
  /** Tests: whether invocation 1, 2, … is killed between its work and its answer. */
  readonly killBeforeAnswer?: (invocation: number) => boolean;
}

export interface LocalFunction {
  readonly name: string;
  readonly arn: string;
  /** Never rejects for what the function does; EventTooLarge for what Lambda would not hand to it. */
  invoke(event: unknown, kind?: 'sync' | 'async'): Promise<Invoked>;
  /** Processes that run now. */
  processes(): number;
  /** kill -9 of all of them; the next event starts another. */
  kill(): void;
  /** Ends the processes; what they were working on fails. */
  close(): Promise<void>;
}

export function startFunction(options: FunctionOptions): LocalFunction {
  return new Pool(options);
}

class Pool implements LocalFunction {
  readonly name: string;
  readonly arn: string;
  readonly #options: FunctionOptions;
  readonly #env: Readonly<Record<string, string>>;
  readonly #all = new Set<FunctionProcess>();
  readonly #idle: FunctionProcess[] = [];
  readonly #waiting: Array<() => void> = [];
  #busy = 0;
  #invocations = 0;
  #closed = false;

  constructor(options: FunctionOptions) {
    this.name = options.name;
    this.arn = options.arn;
    this.#options = options;
    this.#env = { ...options.env, ...lambdaEnvironment(options) };
  }

  async invoke(event: unknown, kind: 'sync' | 'async' = 'sync'): Promise<Invoked> {
    const json = JSON.stringify(event);
    const limit = kind === 'sync' ? SYNC_LIMIT : ASYNC_LIMIT;
    if (Buffer.byteLength(json) > limit) throw new EventTooLarge(`an event has ${limit} bytes at most`);
    const process = await this.#take();
    const { name: functionName, arn: functionArn, timeoutMs, memoryMB = 512, killBeforeAnswer } = this.#options;
    this.#invocations += 1;
    const kill = killBeforeAnswer?.(this.#invocations) ?? false;
    try {
      const work = {
        requestId: randomUUID(),
        event: json,
        functionName,
        functionArn,
        memoryMB,
        killBeforeAnswer: kill,
      };
      return await process.invoke(work, timeoutMs);
    } finally {
      this.#giveBack(process);
    }
  }

  processes(): number {
    return this.#all.size;
  }

  kill(): void {
    for (const process of this.#all) process.kill();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.kill();
    for (const next of this.#waiting.splice(0)) next();
    await Promise.all([...this.#all].map(({ ended }) => ended));
  }

  async #take(): Promise<FunctionProcess> {
    if (this.#busy >= this.#options.maxProcesses) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    // The warmest first, as the others may not be needed any more.
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (!idle.over) return idle;
    const process = new FunctionProcess({ ...this.#options, env: this.#env });
    this.#all.add(process);
    void process.ended.then(() => this.#all.delete(process));
    if (this.#closed) process.kill();
    return process;
  }

  #giveBack(process: FunctionProcess): void {
    if (!process.over) this.#idle.push(process);
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy -= 1;
    else next();
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function lambdaEnvironment({ name, region, memoryMB = 512 }: FunctionOptions): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    TZ: ':UTC',
    _HANDLER: 'index.handler',
  };
}
