import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the desk on the API of EARSHOT_API, as `make demo` prints it.
const api = process.env.EARSHOT_API ?? 'http://127.0.0.1:8081';

// The router's announcer for screen readers carries a style attribute, which the policy of the page refuses;
// app.css hides it in its place.
const announcer: Plugin = {
  name: 'announcer-without-style',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/generated/root.svelte')) return;
    return { code: code.replace(/(id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1'), map: null };
  },
};

export default defineConfig({
  plugins: [announcer, sveltekit()],
  build: { assetsInlineLimit: 0 },
  server: { proxy: { '/api': api, '/problems': api } },
  test: { include: ['src/**/*.test.ts'] },
});
