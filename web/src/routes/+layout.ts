import { session } from '$lib/state/session.svelte';

// The desk is a program in the browser: nothing is rendered by a server.
export const ssr = false;
export const prerender = false;

export async function load() {
  if (session.state === 'loading' || session.state === 'broken') await session.load();
}
