/** The servers' log: JSON lines on stderr, or none below warnings where people read stderr. */
import { type Logger, pino } from 'pino';
import type { LogLevel } from './log-levels.ts';

export function newLog(level: LogLevel, write: (line: string) => void): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}
