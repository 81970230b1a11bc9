import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';
import { CHROMIUM, chromiumWanted } from '../../chromium.ts';
import { textContrasts } from './contrast.ts';
import { hoursBack, MemoryHours } from './memory-hours.ts';
import { NOW, type OpenOptions, type OpenPage, openPage } from './page-server.ts';
import { until } from './until.ts';

const HOSTILE = `<img src=x onerror=alert(1)>"'&`;
const describeInBrowser = chromiumWanted ? describe : describe.skip;

describeInBrowser('the page in a browser', () => {
  let browser: Browser;
  let hours: MemoryHours;
  let open: OpenPage | undefined;

  beforeAll(async () => {
    browser = await chromium.launch(CHROMIUM);
  });

  beforeEach(() => {
    hours = new MemoryHours();
  });

  afterEach(async () => {
    await open?.close();
    expect(open?.complaints).toEqual([]);
    open = undefined;
  });

  afterAll(async () => browser.close());

  async function show(options: OpenOptions = {}): Promise<Page> {
    open = await openPage(browser, { hours, receiver: 'http://127.0.0.1:1/' }, options);
    return open.page;
  }

  function press(counts: Readonly<Record<string, readonly number[]>>): void {
    for (const [endpoint, lately] of Object.entries(counts)) {
      lately.forEach((count, back) => void (count > 0 && hours.set(endpoint, hoursBack(NOW, back), count)));
    }
  }

  test('draws a bar for each hour with presses, as high as they are, a colour for each board', async () => {
    press({ most: [0, 80, 0, 40], least: [0, 0, 20] });
    const page = await show();
    const most = await heights(page, '--board-1');
    const least = await heights(page, '--board-2');
    expect([most.length, least.length]).toEqual([2, 1]);
    expect(most[0]! / most[1]!).toBeCloseTo(0.5, 1);
    expect(least[0]! / most[1]!).toBeCloseTo(0.25, 1);
  });

  test('the table has the numbers of the store', async () => {
    press({ 'front-door': [3, 0, 7], lab: [0, 1_234, 2] });
    const page = await show();
    await page.locator('summary').click();
    await page.locator('tbody tr').nth(23).waitFor();
    expect(await page.locator('thead th').allTextContents()).toEqual(['Hour', 'UTC', 'Total', 'lab', 'front-door']);
    const rows = await cellsOf(page);
    expect(rows.slice(0, 4)).toEqual([
      ['Thu 12 Mar 11:00', '15:00', '3', '0', '3'],
      ['Thu 12 Mar 10:00', '14:00', '1,234', '1,234', '0'],
      ['Thu 12 Mar 09:00', '13:00', '9', '2', '7'],
      ['Thu 12 Mar 08:00', '12:00', '0', '0', '0'],
    ]);
    const stored: HourlyCount[] = [];
    for await (const count of hours.hourly({ from: new Date(0), to: new Date(NOW) })) stored.push(count);
    const total = stored.reduce((sum, { count }) => sum + count, 0);
    expect(await page.locator('#range-total').textContent()).toBe(total.toLocaleString('en-GB'));
    expect(await page.locator('caption').textContent()).toContain('America/Puerto_Rico (UTC-4)');
  });

  test('a change shows by itself: the figures, the legend, the table', async () => {
    press({ a: [5] });
    const page = await show();
    await page.locator('summary').click();
    press({ a: [6] });
    await page.locator('#hour-total', { hasText: /^6$/ }).waitFor();
    expect(await page.locator('#legend .value').allTextContents()).toEqual(['6']);
    expect((await cellsOf(page))[0]).toEqual(['Thu 12 Mar 11:00', '15:00', '6', '6']);
  });

  test('those who listen are told of changes, but not of each', async () => {
    press({ a: [5] });
    const page = await show({ clock: true });
    press({ a: [6] });
    await page.locator('#hour-total', { hasText: /^6$/ }).waitFor();
    expect(await page.locator('#summary').textContent()).toBe('5 presses this hour');
    await page.clock.fastForward(10_000);
    expect(await page.locator('#summary').textContent()).toBe('6 presses this hour');
  });

  test('a board that is new, and one of the many others, show too', async () => {
    press(Object.fromEntries(Array.from({ length: 11 }, (_, board) => [`board-${board}`, [board + 1]])));
    const page = await show();
    expect(await page.locator('#legend li').last().textContent()).toBe('1 other board1');
    press({ 'board-0': [2], newcomer: [100] });
    await page.locator('#hour-total', { hasText: /^167$/ }).waitFor();
    expect(await page.locator('#legend li').first().textContent()).toBe('newcomer100');
    expect(await page.locator('#legend li').last().textContent()).toBe('2 other boards4');
  });

  test('a hostile name is text everywhere', async () => {
    press({ [HOSTILE]: [2] });
    const page = await show();
    await page.locator('summary').click();
    await page.locator('#endpoint').selectOption(HOSTILE);
    expect(await page.locator('#legend .name').textContent()).toBe(HOSTILE);
    expect(await page.locator('thead th').last().textContent()).toBe(HOSTILE);
    expect(await page.locator('#endpoint option').last().textContent()).toBe(HOSTILE);
    await page.reload();
    await page.locator('#legend .name', { hasText: HOSTILE }).waitFor();
    expect(await page.locator('img, [onerror]').count()).toBe(0);
  });

  test('the keyboard alone changes the range and the board, and the address keeps them', async () => {
    press({ a: [1, ...Array(30).fill(0), 5], b: [2] });
    const page = await show();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.locator('#range-label', { hasText: 'Last 7 days' }).waitFor();
    expect(await page.locator('#range-total').textContent()).toBe('8');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.locator('#range-total', { hasText: /^6$/ }).waitFor();
    expect(new URL(page.url()).hash).toBe('#range=7d&endpoint=a');
    await page.reload();
    await page.locator('#range-total', { hasText: /^6$/ }).waitFor();
    expect(await page.locator('[name=range]:checked').inputValue()).toBe('7d');
    expect(await page.locator('#endpoint').inputValue()).toBe('a');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('#numbers').getAttribute('open')).toBe('');
  });

  test('among many boards one is found by a part of its name', async () => {
    press(Object.fromEntries(Array.from({ length: 1_050 }, (_, board) => [`board-${board}`, [1]])));
    const page = await show();
    expect(await page.locator('#endpoint option').last().textContent()).toBe('50 more: use Find');
    await page.getByRole('searchbox').fill('D-104');
    await page.locator('#endpoint option').nth(11).waitFor({ state: 'attached' });
    await page.locator('#endpoint').selectOption('board-1042');
    await page.locator('#legend .name', { hasText: /^board-1042$/ }).waitFor();
    expect(await page.locator('#range-total').textContent()).toBe('1');
  });

  test('pointing at a bar says which hour it is, there and in UTC', async () => {
    press({ a: [0, 1], b: [4, 2] });
    const page = await show();
    const plot = (await page.locator('.u-over').boundingBox())!;
    await page.mouse.move(plot.x + (plot.width * 22.5) / 24, plot.y + 10);
    await page.locator('#readout', { hasText: 'Thu 12 Mar, 10:00 – 11:00 (14:00 UTC): 3 presses' }).waitFor();
    expect(await page.locator('#legend li').allTextContents()).toEqual(['b2', 'a1']);
    await page.mouse.move(0, 0);
    await page.locator('#readout', { hasText: 'Presses per board, last 24 hours' }).waitFor();
    expect(await page.locator('#legend li').allTextContents()).toEqual(['b6', 'a1']);
  });

  test('without presses it says what to do, until the first one', async () => {
    const page = await show();
    expect(await page.locator('#empty').textContent()).toContain('mts simulate --via webhook --to http://127.0.0.1:1/');
    press({ a: [1] });
    await page.locator('#empty').waitFor({ state: 'hidden' });
    expect(await page.locator('#hour-total').textContent()).toBe('1');
  });

  test('when the store is away it says so, and has everything when it is back', async () => {
    press({ a: [1] });
    const page = await show();
    const refused = page.waitForResponse((response) => response.status() === 503);
    hours.down = true;
    await page.locator('#status', { hasText: 'Reconnecting' }).waitFor();
    await refused;
    press({ a: [9] });
    hours.down = false;
    await page.locator('#status', { hasText: /^Live$/ }).waitFor();
    await page.locator('#hour-total', { hasText: /^9$/ }).waitFor();
    // The browser complains of each 503; it shall of nothing else.
    expect(open?.complaints.splice(0).filter((text) => !text.includes('503'))).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('in %s all text stands out from what is behind it', async (colorScheme) => {
    press({ a: [3], b: [1, 2] });
    const page = await show({ colorScheme });
    await page.locator('summary').click();
    // The table is filled a moment after it was opened.
    await page.locator('tbody tr').first().waitFor();
    const texts = await textContrasts(page);
    expect(texts.length).toBeGreaterThan(80);
    expect(texts.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
    expect((await heights(page, '--board-1')).length).toBe(1);
  });

  test('the bars take the colours of the scheme when it changes', async () => {
    press({ a: [3] });
    const page = await show({ colorScheme: 'light' });
    await page.emulateMedia({ colorScheme: 'dark' });
    await until(async () => (await heights(page, '--board-1')).length === 1);
  });

  test.each(['24h', '30d'])('320 pixels are wide enough for %s', async (range) => {
    press({ ['a-very-long-name-'.repeat(8)]: [3], b: [1, 2] });
    const page = await show({ viewport: { width: 320, height: 640 }, hash: `#range=${range}` });
    await page.locator('summary').click();
    await page.locator('#legend li').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    await page.setViewportSize({ width: 900, height: 640 });
    await until(async () => (await widthOf(page, '.uplot')) > 700);
    await page.setViewportSize({ width: 320, height: 640 });
    await until(async () => (await widthOf(page, '.uplot')) < 320);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });
});

async function widthOf(page: Page, selector: string): Promise<number> {
  return (await page.locator(selector).boundingBox())?.width ?? 0;
}

/** Heights in pixels of the bars in a colour of page.css, from left to right. */
async function heights(page: Page, colour: string): Promise<number[]> {
  await page.locator('#legend li').first().waitFor();
  return page.evaluate<number[]>(`(() => {
    const canvas = document.querySelector('#chart canvas');
    const context = canvas.getContext('2d');
    context.save();
    context.fillStyle = getComputedStyle(canvas).getPropertyValue('${colour}');
    const [red, green, blue] = context.fillStyle.match(/[0-9a-f]{2}/g).map((part) => parseInt(part, 16));
    context.restore();
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const columns = Array.from({ length: canvas.width }, (_, x) => {
      let height = 0;
      for (let y = 0; y < canvas.height; y++) {
        const at = 4 * (y * canvas.width + x);
        if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) height++;
      }
      return height;
    });
    return columns.filter((height, x) => height > 0 && !(columns[x - 1] > 0));
  })()`);
}

async function cellsOf(page: Page): Promise<string[][]> {
  return page.evaluate<string[][]>(
    "[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))",
  );
}
