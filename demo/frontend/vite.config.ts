import { defineConfig } from 'vitest/config';

// Nothing may end up inline: the page is served with a policy that forbids it.
export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        // The telemetry in a file of its own: its size is what the page pays for being traced.
        manualChunks: (id: string) =>
          /node_modules\/(@opentelemetry|web-vitals)|src\/telemetry/.test(id) ? 'telemetry' : undefined,
      },
    },
  },
  // `npm run dev`: the page on port 3000, the API and the relay where the backend is.
  server: {
    port: 3000,
    strictPort: true,
    proxy: { '/config.json': 'http://127.0.0.1:4567' },
  },
  test: { environment: 'happy-dom', include: ['test/**/*.test.ts'] },
});
