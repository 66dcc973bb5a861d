// Builds web/dist from web/src: app.js, app.css, site.css and favicon.svg,
// minified and the same bytes for the same sources.
import {build} from 'esbuild';
import {copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';

process.chdir(new URL('.', import.meta.url).pathname);
mkdirSync('dist', {recursive: true});
for (const name of readdirSync('dist')) if (name !== '.keep') rmSync(`dist/${name}`, {recursive: true});
writeFileSync('dist/.keep', '');

await build({
  entryPoints: ['src/app.ts', 'src/app.css', 'src/site.css'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome123', 'firefox125', 'safari17.5'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'info',
});
copyFileSync('src/favicon.svg', 'dist/favicon.svg');
