/** esbuild, which only the bundle of the functions needs: optional in package.json, so that it can be left out. */
import { OutsideError } from '../../cloud/protocol/errors.ts';

/** What `load` imports; that it is missing is said with the way to get it. */
export async function optional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? '') || !message.includes("'esbuild'")) throw cause;
    const fix = 'Install it: npm install esbuild';
    throw new OutsideError('TOOL', 'the package esbuild, which the bundle needs, is not installed', fix, { cause });
  }
}
