/**
 * Draws the README's picture: `node test/cloud/dashboard/picture.ts [file] [light|dark] [width] [hash]`.
 *
 * A day in a house with six boards, seen at the same moment in the same zone each time, so that it only changes when
 * the page does.
 */
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import { chromium } from 'playwright-core';
import { dashboard } from '../../../cloud/dashboard/dashboard.ts';
import { CHROMIUM } from '../../chromium.ts';
import { MemoryHours } from './memory-hours.ts';
import { fillOffice } from './office.ts';

const NOW = Date.UTC(2026, 2, 12, 15, 41);
const [
  file = fileURLToPath(new URL('../../../cloud/dashboard/page.png', import.meta.url)),
  scheme = 'light',
  width = '1200',
  hash = '',
] = process.argv.slice(2);

const hours = new MemoryHours();
fillOffice(hours, NOW, 31);
const app = fastify();
await dashboard(app, { hours, now: () => NOW });
const address = await app.listen({ host: '127.0.0.1', port: 0 });
const browser = await chromium.launch(CHROMIUM);
const page = await browser.newPage({
  colorScheme: scheme === 'dark' ? 'dark' : 'light',
  locale: 'en-GB',
  timezoneId: 'Europe/London',
  viewport: { width: Number(width), height: 720 },
});
await page.clock.setFixedTime(NOW);
await page.goto(`${address}/${hash}`);
await page.getByText('Live', { exact: true }).waitFor();
const plot = (await page.locator('.u-over').boundingBox())!;
await page.mouse.move(plot.x + plot.width * 0.69, plot.y + plot.height / 2);
await page.screenshot({ path: file, fullPage: true });
await browser.close();
await app.close();
