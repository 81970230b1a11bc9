/**
 * What the threads of a run and the one that started them say to each other.
 *
 *   main ─ work ─► thread ─ gather, lines, progress, told, done ─► main ─ gathered, settled, stop, abandon ─► thread
 */
import { MtsError, type OutsideCode, OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { CarriedLine, DiedLine } from '../ledger/lines.ts';
import type { FleetProgress } from '../options.ts';
import type { Lwm2mOptions } from './options.ts';
import type { PartOptions, Started } from './part.ts';
import type { Part } from './summary.ts';
import type { BoardPem } from './tls.ts';

/** All that a thread is started with: what can be sent of a run's options. */
export interface ThreadWork {
  readonly options: Omit<PartOptions, 'ledger' | 'lwm2m' | 'shard'> & {
    readonly lwm2m: Omit<Lwm2mOptions, 'credentialsOf' | 'onSerial' | 'world' | 'wire' | 'threads'>;
    readonly shard: NonNullable<PartOptions['shard']>;
  };
  /** Of its boards, by endpoint name. */
  readonly credentials: Readonly<Record<string, BoardPem>> | undefined;
  /** The time of day, less what this process's clock makes it. */
  readonly aheadMs: number;
  readonly wantsSerial: boolean;
}

export type ToThread =
  | { readonly kind: 'stop' | 'abandon' | 'settled' }
  | { readonly kind: 'gathered'; readonly all: Started };

export type FromThread =
  | { readonly kind: 'gather'; readonly mine: Started }
  | { readonly kind: 'lines'; readonly lines: readonly (CarriedLine | DiedLine)[] }
  | { readonly kind: 'progress'; readonly progress: FleetProgress }
  | { readonly kind: 'serial'; readonly endpoint: string; readonly text: string }
  | { readonly kind: 'told' }
  | { readonly kind: 'done'; readonly part: Part }
  | { readonly kind: 'failed'; readonly error: SentError };

/** Classes do not travel. */
export interface SentError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly stack?: string | undefined;
}

export function sentError(error: unknown): SentError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return error instanceof MtsError ? { name, message, code: error.code, fix: error.fix } : { name, message, stack };
}

export function receivedError({ name, code, message, fix = '', stack }: SentError): Error {
  if (name === 'UsageError') return new UsageError(message, fix);
  if (name === 'OutsideError') return new OutsideError(code as OutsideCode, message, fix);
  return Object.assign(new Error(`a thread failed: ${message}`), { stack });
}
