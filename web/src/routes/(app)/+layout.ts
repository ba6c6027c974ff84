import { redirect } from '@sveltejs/kit';
import { session } from '$lib/state/session.svelte';

export async function load({ parent, url }) {
  await parent();
  if (session.state === 'out') {
    redirect(307, `/sign-in?to=${encodeURIComponent(url.pathname + url.search)}`);
  }
}
