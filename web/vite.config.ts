import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the desk on the API of EARSHOT_API, as `make demo` prints it.
const api = process.env.EARSHOT_API ?? 'http://127.0.0.1:8081';

export default defineConfig({
  plugins: [sveltekit()],
  build: { assetsInlineLimit: 0 },
  server: { proxy: { '/api': api, '/problems': api } },
  test: { include: ['src/**/*.test.ts'] },
});
