/** The connector's page in a browser: boards, their resources live, what is done to them, and the queues. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM, chromiumWanted } from '../chromium.ts';
import { type ConnectorProcess, startConnector, subscribeAll } from './connector-process.ts';
import { startIngest } from './ingest-process.ts';
import { inFolder, type Running, startMts } from './run-mts.ts';

const describeInBrowser = chromiumWanted ? describe : describe.skip;

describeInBrowser("the connector's page", () => {
  test('shows boards and their presses live, reads, writes and executes, and tells of the deliveries', () =>
    onPage(async ({ page, connector, key }) => {
      await page.goto(`${connector.at.http}/page/`);
      await page.fill('#key', 'ak_nobody');
      await page.press('#key', 'Enter');
      await page.waitForSelector('#refused:has-text("nobody has this key")');
      await page.fill('#key', key);
      await page.press('#key', 'Enter');
      await page.waitForSelector('#status[data-state="live"]');
      await until(async () => (await page.locator('#boards tr').count()) === 12);
      await page.fill('#match', '0007');
      await until(async () => (await page.locator('#boards tr').count()) === 1);
      await page.click('#boards button');
      const counter = page.locator('#resources tr', { hasText: '/3200/0/5501' });
      const first = await counter.locator('td').nth(2).textContent();
      await until(async () => (await counter.locator('td').nth(2).textContent()) !== first);
      expect(await counter.locator('td').nth(1).textContent()).toBe('Digital Input – Counter (Button)');

      await page.locator('#resources tr', { hasText: '/3201/0/5853' }).getByText('Read').click();
      await page.waitForSelector('#answer:has-text("GET /3201/0/5853 – 200: 500:500")');
      await page.fill('#write-value', '30:30');
      await page.click('#write button[type="submit"]');
      await page.waitForSelector('#answer:has-text("PUT /3201/0/5853 – 200")');
      await page.fill('#write-path', '/3201/0/5850');
      await page.fill('#write-value', '');
      await page.click('#execute');
      await page.waitForSelector('#answer:has-text("POST /3201/0/5850 – 200")');
      await page.fill('#write-path', '/9/9/9');
      await page.click('#execute');
      await page.waitForSelector('#answer:has-text("POST /9/9/9 – 404")');

      await page.locator('#resources tr', { hasText: '/3200/0/5502' }).getByText('Subscribe').click();
      await page.waitForSelector('#answer:has-text("This key is told of /3200/0/5502.")');
      const delivered = page.locator('#channels tr td').nth(4);
      await until(async () => Number((await delivered.textContent())?.replaceAll(/\D/g, '')) > 20);
      if (process.env.PICTURE !== undefined) await picture(page);

      await connector.kill();
      await page.waitForSelector('#status[data-state="lost"]');
    }));
});

interface OnPage {
  readonly page: Page;
  readonly connector: ConnectorProcess;
  readonly key: string;
}

async function onPage(work: (on: OnPage) => Promise<void>): Promise<void> {
  await inFolder(async (dir) => {
    const ingest = await startIngest(join(dir, 'presses'));
    const connector = await startConnector(join(dir, 'connector'));
    let boards: Running | undefined;
    const browser = await chromium.launch(CHROMIUM);
    try {
      const key = await subscribeAll(connector, join(dir, 'connector'), ingest.url);
      boards = startMts('simulate', '--via', 'lwm2m+udp', '--to', connector.at.coap, '--boards', '12', '--rate', '24');
      await work({ page: await browser.newPage(), connector, key });
    } finally {
      await browser.close();
      boards?.interrupt();
      boards?.interrupt();
      await connector.kill();
      await ingest.stop();
    }
  });
}

async function picture(page: Page): Promise<void> {
  await page.fill('#match', '');
  await page.setViewportSize({ width: 1200, height: 1180 });
  await until(async () => (await page.locator('#boards tr').count()) === 12);
  await page.screenshot({ path: process.env.PICTURE ?? '' });
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done()));
}
