/**
 * A process between us and a server that does not end by itself: it starts the command in its words, and ends it when its
 * own standard input ends. That happens whatever becomes of the parent, kill -9 included, so nothing is left running.
 *
 *   node keeper.main.ts /usr/bin/influxd -config …
 */
import { spawn } from 'node:child_process';

const [command = '', ...words] = process.argv.slice(2);
/** Time to end in good order: some write what they hold first. */
const GRACE_MS = 10_000;

const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (status) => process.exit(status ?? 1));

const end = (): void => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
};
process.stdin.on('end', end).on('error', end).resume();
// Ctrl-C goes to every process of the terminal: the parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
