/** NextToken: how far the pages went, and of which question; another question's token is refused. */
import { createHash } from 'node:crypto';
import type { Fields } from '../fields.ts';
import { refuse } from './errors.ts';

/** Where the page begins that `input` asks for. */
export function offsetOf(input: Fields): number {
  const token = input.string('NextToken');
  if (token === undefined) return 0;
  const [, offset, question] = /^(\d{1,12})\.([0-9a-f]{16})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (offset === undefined || question !== questionOf(input)) {
    throw refuse('InvalidNextToken', 'The next token specified is invalid.');
  }
  return Number(offset);
}

export function tokenFor(input: Fields, offset: number): string {
  return Buffer.from(`${offset}.${questionOf(input)}`).toString('base64url');
}

function questionOf(input: Fields): string {
  const { NextToken: _, MaxDatapoints: __, ...question } = input.raw;
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16);
}
