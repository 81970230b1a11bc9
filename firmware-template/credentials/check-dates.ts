/** When certificates are good. The board has no clock and does not ask; servers do, and so may the next firmware. */
import type { Certificate } from './certificate.ts';
import type { Finding } from './credentials.ts';

const SOON_MS = 90 * 86_400_000;

export function checkDates({ notBefore, notAfter }: Certificate, name: string, now: Date): Finding[] {
  const unasked = 'the board does not check dates, but whoever is connected to it does';
  const found = (code: string, message: string): Finding[] => {
    return [{ code, level: 'warning', message, fix: 'Have a new one issued; the board must be flashed anew with it.' }];
  };
  if (notAfter <= now) return found('EXPIRED', `${name} expired on ${day(notAfter)}; ${unasked}`);
  if (notBefore > now) return found('NOT_YET_VALID', `${name} is good only from ${day(notBefore)} on; ${unasked}`);
  if (notAfter.getTime() - now.getTime() < SOON_MS) return found('EXPIRES_SOON', `${name} expires on ${day(notAfter)}`);
  return [];
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
