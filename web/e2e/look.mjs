// What a page looks like: pictures of it, whether axe is content with it, whether it fits its window.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PICTURES = join(import.meta.dirname, '../../test-results/desk');
mkdirSync(PICTURES, { recursive: true });

export const SCHEMES = ['light', 'dark'];
/** Widths at which the desk lays itself out differently, and those that people have. */
export const WIDTHS = [360, 768, 1024, 1280, 1440, 1920];

export async function scheme(page, colorScheme) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
}

/** What axe has against the page as it is now, as one line for each element. */
export async function complaints(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
    TAGS,
  );
  return violations.flatMap((rule) =>
    rule.nodes.map(
      (node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.split('\n').at(-1).trim()}`,
    ),
  );
}

export async function picture(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

/** Nothing is wider than its place: neither the page nor a part of it that scrolls is pushed sideways. */
export async function fits(page, what) {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('#app *')]
      // Tiles and views scroll sideways where they must.
      .filter((node) => !node.closest('header.bar, nav'))
      .filter((node) => node.scrollWidth > node.clientWidth + 1)
      .filter(
        (node) => node === document.documentElement || /auto|scroll/.test(getComputedStyle(node).overflowX),
      )
      .map((node) => `${node.tagName}.${node.className} ${node.scrollWidth} in ${node.clientWidth}`),
  );
  assert.deepEqual(wide, [], what);
}
