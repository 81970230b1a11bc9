/** Whether SQLite refused because another connection has the file: https://sqlite.org/rescode.html#busy */
import { types } from 'node:util';

const SQLITE_BUSY = 5;

export function isBusy(error: unknown): boolean {
  return types.isNativeError(error) && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
