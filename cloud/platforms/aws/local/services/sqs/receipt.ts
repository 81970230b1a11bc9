/** Receipt handles: which message, and which time that it was handed out. */
import type { Fields } from '../fields.ts';
import { missing, refuse } from './errors.ts';
import type { Message } from './messages.ts';

export interface Receipt {
  readonly seq: number;
  readonly receives: number;
}

export function receiptFor(queue: string, { seq, receives }: Message): string {
  return Buffer.from(`${queue}.${seq}.${receives}`).toString('base64url');
}

/** The receipt in a request's ReceiptHandle; one of another queue is refused. */
export function readReceipt(fields: Fields, queue: string): Receipt {
  const handle = fields.string('ReceiptHandle');
  if (!handle) throw missing('ReceiptHandle');
  const [, of, seq, receives] =
    /^([A-Za-z0-9_-]+)\.(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(handle, 'base64url').toString()) ?? [];
  if (of !== queue) {
    throw refuse(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle.slice(0, 100)}" is not a valid receipt handle.`,
    );
  }
  return { seq: Number(seq), receives: Number(receives) };
}
