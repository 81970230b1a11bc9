/** Ends what was started, the last first; each even if another one fails. */
export class Ending {
  readonly #steps: Array<() => unknown> = [];

  /** `step` is done before those that were given earlier. */
  first(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Again: nothing. Rejects with the first failure, after all were tried. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
