/** The page of `mts up` and of `mts page` in a browser: what boards press is on it within a second. */
import { describe, expect, test } from '@jest/globals';
import { chromium, type Page } from 'playwright-core';
import { put } from '../bench/ingest.ts';
import { CHROMIUM, chromiumWanted } from '../chromium.ts';
import { startIngest } from './ingest-process.ts';
import { inFolder, startMts } from './run-mts.ts';

const describeInBrowser = chromiumWanted ? describe : describe.skip;

describeInBrowser('the live page', () => {
  test('of `mts up` grows as boards are pressed', () =>
    onPage(async (page) => {
      const up = startMts('up', '--port', '0', '--rate', '10');
      const [, url] = await up.said(/Page +(http\S+)/);
      await page.goto(String(url));
      await until(async () => (await total(page)) >= 10);
      const before = await total(page);
      await until(async () => (await total(page)) > before);
      up.interrupt();
      expect((await up.ended).status).toBe(0);
    }));

  test('of `mts page` shows what another process counted', () =>
    inFolder((dir) =>
      onPage(async (page) => {
        const ingest = await startIngest(dir);
        const shown = startMts('page', '--data', dir, '--port', '0');
        const [, url] = await shown.said(/Page on (http\S+)/);
        await page.goto(String(url));
        await page.waitForSelector('#status[data-state="live"]');
        const payload = btoa('7');
        const body = { notifications: [{ ep: '<b>door</b>', path: '/3200/0/5501', payload, boot: Date.now() }] };
        await put(ingest.port, Buffer.from(JSON.stringify(body)));
        await page.waitForSelector('#range-total:text-is("7")');
        expect(await page.locator('#endpoint').textContent()).toContain('<b>door</b>');
        shown.interrupt();
        expect((await shown.ended).status).toBe(0);
        await ingest.stop();
      }),
    ));
});

async function onPage(work: (page: Page) => Promise<void>): Promise<void> {
  const browser = await chromium.launch(CHROMIUM);
  try {
    await work(await browser.newPage());
  } finally {
    await browser.close();
  }
}

async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise(setImmediate);
}

async function total(page: Page): Promise<number> {
  return Number(await page.locator('#range-total').textContent());
}
