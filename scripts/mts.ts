#!/usr/bin/env node
/** The command's door: says so when Node is too old for the rest, keeps compiled code for the next start, and hands on. */
// Not by name: a Node too old to export it could not even load this file to say so.
import * as nodeModule from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `mts needs Node.js 22.18 or newer; this is ${process.version}. Get it from https://nodejs.org\n`,
  );
  process.exitCode = 3;
} else {
  nodeModule.enableCompileCache();
  // Node calls its own SQLite and type stripping experimental: nothing a user of `mts` can act on.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name !== 'ExperimentalWarning') process.stderr.write(`${name}: ${message}\n`);
  });
  const { start } = await import('./start.ts');
  await start();
}
