/**
 * Every error this project throws on purpose.
 *
 * The class says whose fault it is, `code` is stable for programs, `message` says what and why, `fix` what to do next.
 * Anything else that is thrown is our own bug. Exit statuses are chosen in one place: scripts/cli.ts.
 */

/** What all of them have in common. `code` never changes its meaning; `message` may be reworded. */
export abstract class MtsError extends Error {
  readonly code: string;
  /** What to do about it, in one imperative sentence. */
  readonly fix: string | undefined;

  constructor(code: string, message: string, fix?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fix = fix;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** The person at the keyboard can fix it: the words were wrong, or ask for what the chosen way cannot do. */
export class UsageError extends MtsError {
  constructor(message: string, fix: string, options?: ErrorOptions) {
    super('USAGE', message, fix, options);
  }
}

/** A peer sent bytes that mean nothing: refused, or kept aside, but never guessed. */
export class FormatError extends MtsError {
  constructor(code: `${string}_FORMAT`, message: string, options?: ErrorOptions) {
    super(code, message, undefined, options);
  }
}

/** Something outside is missing or refused: a tool, a port, a server, a drive, a permission. */
export class OutsideError extends MtsError {
  constructor(code: OutsideCode, message: string, fix: string, options?: ErrorOptions) {
    super(code, message, fix, options);
  }
}

/** The stable codes of OutsideError. */
export type OutsideCode = 'DRIVE' | 'FILE' | 'PORT' | 'SERVER' | 'TOOL';

/** The store could not take what it was given; nothing of it was taken, and giving it again is safe. */
export class StoreError extends MtsError {
  constructor(
    code: 'STORE_DOWN' | 'STORE_SCHEMA' | 'ASIDE_FULL',
    message: string,
    fix?: string,
    options?: ErrorOptions,
  ) {
    super(code, message, fix, options);
  }
}
