/** Findings for people, a line each and a line on what to do; they go to stderr, or into a listing. */
import type { Finding } from '../../firmware-template/credentials/credentials.ts';
import { printable } from '../printable.ts';

export function findingText({ level, message, fix }: Finding): string {
  return `${level}: ${printable(message)}\n  ${printable(fix)}\n`;
}
