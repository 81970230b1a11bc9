/**
 * Until when an invocation may begin new requests. A function of Azure or Google works on several requests at once, so each carries
 * a deadline of its own through everything that it awaits; stores and clients ask for it by `at`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export class Deadline {
  readonly #underWay = new AsyncLocalStorage<number>();

  /** Milliseconds since 1970. Outside of `within` the time is up. As a function, since that is what stores and clients are handed. */
  readonly at = (): number => this.#underWay.getStore() ?? 0;

  /** Does `work` with a deadline, milliseconds since 1970. */
  within<T>(at: number, work: () => Promise<T>): Promise<T> {
    return this.#underWay.run(at, work);
  }
}
