import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    // One page for every address: `api` answers unknown paths with it, the router does the rest.
    adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', precompress: true }),
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        'style-src': ['self'],
        'img-src': ['self', 'data:', 'blob:'],
        'font-src': ['self'],
        'connect-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['self'],
      },
    },
    // Fonts and styles stay files, so that the policy needs no `unsafe-inline` and no `data:` for them.
    inlineStyleThreshold: 0,
    // One script and one style sheet: a desk is opened once and used for hours, and many small files weigh more.
    output: { bundleStrategy: 'single' },
  },
};
