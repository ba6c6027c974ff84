// Where the focus goes: rows, the target in the conversation, and from region to region.
import { tick } from 'svelte';
import { list } from '$lib/state/list.svelte';
import { open } from '$lib/state/open.svelte';

/** Focus to a row; it is scrolled into the page first, for the list is windowed. */
export async function focusRow(id: string) {
  list.cursor = id;
  list.focus = true;
  await tick();
  // The window of rows follows the scroll on the next frame.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus());
}

/** Focus into the conversation, on what is to be answered. */
export async function focusTarget() {
  for (let tries = 0; tries < 40; tries += 1) {
    const node = open.targetId
      ? document.querySelector<HTMLElement>(`[data-item="${CSS.escape(open.targetId)}"]`)
      : null;
    if (node) return node.focus({ preventScroll: true });
    await new Promise((next) => setTimeout(next, 25));
  }
}

/** Once a hole is filled that had the focus: to the first post that came in its place, else to what it stood in. */
export function keepFocus(hole: HTMLElement) {
  const around = hole.closest<HTMLElement>('[data-item]');
  return () => {
    if (hole.isConnected) return;
    const wanted = hole.dataset.holes?.split(' ') ?? [];
    const came = open.items.find((item) => wanted.includes(item.x_id));
    const node = came && document.querySelector<HTMLElement>(`[data-item="${CSS.escape(came.item_id)}"]`);
    (node ?? around)?.focus({ preventScroll: true });
  };
}

/** F6: list, conversation, composer, action panel, and round again. */
export function nextRegion() {
  const stops = [
    '[data-region="list"]',
    '[data-region="centre"] .box',
    '.composer textarea',
    '[data-region="right"]',
  ]
    .map((selector) => document.querySelector<HTMLElement>(selector))
    .filter((node): node is HTMLElement => node !== null && node.offsetParent !== null);
  const inside = stops.findLastIndex((node) => node.contains(document.activeElement));
  const next = stops[(inside + 1) % stops.length];
  if (!next) return;
  const first = next.matches('[tabindex], textarea')
    ? next
    : next.querySelector<HTMLElement>('.rows a[tabindex="0"], a, button, input, [tabindex="0"]');
  (first ?? next).focus();
}
