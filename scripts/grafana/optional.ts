/** Grafana's builders are optional in package.json, so that they can be left out. */
import { OutsideError } from '../../cloud/protocol/errors.ts';

const PACKAGE = '@grafana/grafana-foundation-sdk';

/** What `load` imports; that the package is missing is said with the way to get it. */
export async function withBuilders<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? '') || !message.includes(PACKAGE)) throw error;
    throw new OutsideError(
      'TOOL',
      `the package ${PACKAGE}, which makes the dashboard, is not installed`,
      `Install it: npm install ${PACKAGE}`,
      { cause: error },
    );
  }
}
