/** Contrast of text on a page (WCAG 2.2, 1.4.3 and the definitions of contrast ratio and relative luminance). */
import type { Page } from 'playwright-core';

export interface TextColours {
  readonly text: string;
  readonly ratio: number;
}

/** All text that can be seen, with the contrast to what lies behind it. */
export async function textContrasts(page: Page): Promise<TextColours[]> {
  const found = await page.evaluate<{ text: string; colour: string; behind: string }[]>(COLLECT);
  return found.map(({ text, colour, behind }) => ({ text, ratio: contrast(channels(colour), channels(behind)) }));
}

/** Runs in the page. What has no background of its own shows that of the element it is in. */
const COLLECT = `[...document.querySelectorAll('body *')]
  .filter((element) => element.checkVisibility() && element.tagName !== 'OPTION')
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
  .map((element) => {
    const backgrounds = [];
    for (let at = element; at !== null; at = at.parentElement) backgrounds.push(getComputedStyle(at).backgroundColor);
    const behind = backgrounds.find((colour) => colour !== 'rgba(0, 0, 0, 0)');
    return { text: element.textContent.trim().slice(0, 40), colour: getComputedStyle(element).color, behind };
  })`;

export function contrast(one: readonly number[], other: readonly number[]): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(colour: readonly number[]): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** "rgb(1, 2, 3)" as numbers; a colour that lets others through has no contrast of its own. */
function channels(colour: string): number[] {
  const numbers = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour)?.slice(1).map(Number);
  if (numbers === undefined) throw new TypeError(`${colour} is no plain colour`);
  return numbers;
}
