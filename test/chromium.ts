/**
 * The browser that page tests and the README's picture use: Debian's Chromium, or none.
 *
 * Without it page tests are named and not run; under CI=true they run all the same, and fail.
 */
import { existsSync } from 'node:fs';
import type { LaunchOptions } from 'playwright-core';

const PATH = '/usr/bin/chromium';

/** How it is started. */
export const CHROMIUM: LaunchOptions = {
  executablePath: PATH,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** Whether tests that need it are to be run. */
export const chromiumWanted = existsSync(PATH) || process.env.CI === 'true';
