import { defineConfig } from 'vite';

// `npm run dev` serves the console by itself and hands the API's paths to a running wrapup.
const server = process.env.WRAPUP_URL ?? 'http://127.0.0.1:8787';

export default defineConfig({
  resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' } },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URI would need a wider content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v2': server, '/in/': server } },
});
