import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

// `npm run dev` serves the console by itself and hands the API's paths to a running wrapup.
const server = process.env.WRAPUP_URL ?? 'http://127.0.0.1:8787';

/** The licences of everything that is built in, as a file beside it: /assets/licenses.txt. */
const licenses: Plugin = {
  name: 'licenses',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? Object.keys(part.modules) : part.originalFileNames));
    const packages = new Set(modules.map((id) => id.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter((name) => name !== undefined));
    const texts = [...packages].sort().map((name) => {
      const folder = `node_modules/${name}`;
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const text = file && existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8') : license;
      return `${name} ${version}\n\n${text.trim()}\n`;
    });
    this.emitFile({ type: 'asset', fileName: 'assets/licenses.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

export default defineConfig({
  resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' } },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  plugins: [licenses],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URI would need a wider content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v2': server, '/in/': server } },
});
