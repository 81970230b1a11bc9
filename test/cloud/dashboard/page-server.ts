/** The page on a server of its own and in a browser's window, which must not complain and not ask elsewhere. */
import fastify from 'fastify';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type DashboardDeps, dashboard } from '../../../cloud/dashboard/dashboard.ts';

/** Any moment will do, if it is the same for the test and for the page. */
export const NOW = Date.UTC(2026, 2, 12, 15, 41);

export interface OpenPage {
  readonly page: Page;
  /** What the browser complained of, and where it asked but at the server: none, if all is well. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** What stands after the address. */
  readonly hash?: string;
  /** The page's time goes on by itself and by `page.clock`. */
  readonly clock?: boolean;
}

/** Opens it and waits until it is live. */
export async function openPage(
  browser: Browser,
  deps: Partial<DashboardDeps> & Pick<DashboardDeps, 'hours'>,
  { hash = '', clock = false, ...options }: OpenOptions = {},
): Promise<OpenPage> {
  const app = fastify({ forceCloseConnections: true });
  await dashboard(app, { now: () => NOW, ...deps });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'America/Puerto_Rico', ...options });
  const page = await context.newPage();
  if (clock) await page.clock.install();
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on('request', (request) => void (request.url().startsWith(address) || complaints.push(request.url())));
  await page.goto(`${address}/${hash}`);
  await page.locator('#status[data-state=live]').waitFor();
  return {
    page,
    complaints,
    async close() {
      await context.close();
      await app.close();
    },
  };
}
