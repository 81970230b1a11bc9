/** Failures on demand: a service that is busy, broken, gone, slow, or whose answer gets lost. */
import { DROPPED, type ServiceAnswer, type ServiceResponse, type World } from './wire.ts';

export interface Fault {
  /**
   * `throttle`: told to slow down; `error`: a 500; `down`: the connection is cut before anything is done; `lost`: it is done, and
   * the connection is cut before the answer; `slow`: it is done after `delayMs`. All but `lost` and `slow` change nothing.
   */
  readonly kind: 'throttle' | 'error' | 'down' | 'lost' | 'slow';
  /** So many requests; without it, and without `while`, until healed. */
  readonly times?: number;
  /** As long as this says true. */
  readonly while?: () => boolean;
  /** Only these operations, such as `PutMetricData`; without it, all. */
  readonly operations?: readonly string[];
  /** Of `slow`. */
  readonly delayMs?: number;
}

/** How a service says it. */
export interface FaultAnswers {
  throttle(): ServiceResponse;
  error(): ServiceResponse;
}

interface Active {
  readonly fault: Fault;
  left: number;
}

/** The failures of one service that are in force. */
export class Faults {
  readonly #active = new Set<Active>();
  readonly #calls = new Map<string, number>();
  readonly #world: Pick<World, 'sleep'>;

  constructor(world: Pick<World, 'sleep'>) {
    this.#world = world;
  }

  /** Puts a failure in force, behind those that are; the function given back ends it. */
  fail(fault: Fault): () => void {
    const active: Active = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.add(active);
    return () => this.#active.delete(active);
  }

  heal(): void {
    this.#active.clear();
  }

  /** How often each operation was asked for so far, failed or not. */
  calls(operation: string): number {
    return this.#calls.get(operation) ?? 0;
  }

  /** Answers by `work`, unless a failure is in force for the operation: the first that is decides. */
  async around(
    operation: string,
    answers: FaultAnswers,
    work: () => Promise<ServiceAnswer>,
    signal?: AbortSignal,
  ): Promise<ServiceAnswer> {
    this.#calls.set(operation, this.calls(operation) + 1);
    const fault = this.#take(operation);
    switch (fault?.kind) {
      case 'throttle':
        return answers.throttle();
      case 'error':
        return answers.error();
      case 'down':
        return DROPPED;
      case 'lost':
        await work();
        return DROPPED;
      case 'slow':
        return (await this.#slept(fault.delayMs ?? 0, signal)) ? work() : DROPPED;
      case undefined:
        return work();
    }
  }

  /** False if the caller went away meanwhile. */
  async #slept(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#world.sleep(ms, signal);
      return true;
    } catch (error) {
      if (signal?.aborted) return false;
      throw error;
    }
  }

  #take(operation: string): Fault | undefined {
    for (const active of this.#active) {
      const { fault } = active;
      if (fault.operations !== undefined && !fault.operations.includes(operation)) continue;
      if (fault.while !== undefined && !fault.while()) continue;
      active.left -= 1;
      if (active.left <= 0) this.#active.delete(active);
      return fault;
    }
    return undefined;
  }
}
