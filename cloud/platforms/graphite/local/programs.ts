/** Where carbon and graphite-web are on this machine, as Debian and Ubuntu install them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OutsideError } from '../../../protocol/errors.ts';

const FIX = 'Install them: `apt-get install graphite-carbon graphite-web` on Debian and Ubuntu.';

export interface Programs {
  readonly carbonCache: string;
  /** A Python that has graphite-web and Django. */
  readonly python: string;
}

/** Where each is looked for, in order. */
export interface Places {
  readonly pythons: readonly string[];
  readonly carbons: readonly string[];
}

const LONGEST_MS = 10_000;
/** The packages are the system's: another Python, if it comes first in the PATH, does not have them. */
const PLACES = { pythons: ['/usr/bin/python3', 'python3'], carbons: ['/usr/bin/carbon-cache', 'carbon-cache'] };
const HAS_GRAPHITE = 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ["graphite", "django"])))';

/** OutsideError TOOL, with what to install, if either is missing. */
export async function findPrograms(places: Places = PLACES): Promise<Programs> {
  const python = await first(places.pythons, ['-c', HAS_GRAPHITE]);
  const carbonCache = await first(places.carbons, ['--help']);
  if (python === undefined || carbonCache === undefined) {
    const missing = [
      ...(carbonCache === undefined ? ['carbon'] : []),
      ...(python === undefined ? ['graphite-web'] : []),
    ];
    throw new OutsideError('TOOL', `${missing.join(' and ')} cannot be found on this machine`, FIX);
  }
  return { carbonCache, python };
}

async function first(commands: readonly string[], words: readonly string[]): Promise<string | undefined> {
  for (const command of commands) {
    const works = promisify(execFile)(command, [...words], { timeout: LONGEST_MS }).then(
      () => true,
      () => false,
    );
    if (await works) return command;
  }
  return undefined;
}
