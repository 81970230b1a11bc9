/** Where this command keeps what it fetches, and the tools of this machine that it uses for that. */
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folder for what can be fetched again, as the XDG Base Directory Specification has it. */
export function cacheFolder(environment: Environment): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mbed-time-series');
}

/** The npm that started this process; else the one that is installed. Never through a shell, which npm.cmd would need. */
export function npmCommand(environment: Environment): readonly [command: string, ...words: string[]] {
  const script = environment.npm_execpath;
  if (script !== undefined && /npm-cli\.[cm]?js$/.test(script)) return [process.execPath, script];
  if (process.platform !== 'win32') return ['npm'];
  return [process.execPath, join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')];
}

/** Java as its own variable says, else the one that is found by its name. */
export function javaCommand(environment: Environment): string {
  const home = environment.JAVA_HOME;
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}
