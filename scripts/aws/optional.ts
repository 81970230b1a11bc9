/** Packages that only the deployment to AWS needs: optional in package.json, so that they can be left out. */
import { OutsideError } from '../../cloud/protocol/errors.ts';

const PACKAGES = ['aws-cdk-lib', 'constructs', 'esbuild', '@aws-cdk/toolkit-lib'];

/** What `load` imports; that a package is missing is said with the way to get it. */
export async function optional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, missing] = /Cannot find (?:package|module) '((?:@[^/']+\/)?[^/']+)/.exec(message) ?? [];
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? '') || missing === undefined) throw error;
    throw new OutsideError(
      'TOOL',
      `the package ${missing}, which is needed for AWS, is not installed`,
      `Install it: npm install ${PACKAGES.join(' ')}`,
      { cause: error },
    );
  }
}
