// Writes sdk/ui/icons.txt: one line per Lucide icon, sorted by name, so that the
// server finds an icon by binary search without parsing anything at start.
//
//   name<TAB>inner SVG        an icon
//   name<TAB>=other           an older name of the icon `other`
//
// Run it after a change of the lucide-static version: node icons.mjs
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';

const folder = new URL('node_modules/lucide-static/icons/', import.meta.url);
const canonical = new Set(Object.keys(JSON.parse(readFileSync(new URL('../icon-nodes.json', folder)))));

function inner(name) {
  const svg = readFileSync(new URL(name, folder), 'utf8');
  return svg
    .replace(/<!--.*?-->/gs, '')
    .replace(/^[\s\S]*?<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/\s*\n\s*/g, '')
    .replace(/ \/>/g, '/>');
}

const seen = new Map();
const icons = readdirSync(folder).filter((f) => f.endsWith('.svg')).map((f) => [f.slice(0, -4), inner(f)]);
for (const [name, body] of icons) if (canonical.has(name)) seen.set(body, name);

// Bytes, not locale: Go compares the same way.
icons.sort(([a], [b]) => (a < b ? -1 : 1));
const lines = icons.map(([name, body]) => {
  const first = seen.get(body);
  return first && first !== name ? `${name}\t=${first}` : `${name}\t${body}`;
});
writeFileSync(new URL('../sdk/ui/icons.txt', import.meta.url), lines.join('\n') + '\n');
console.log(`${lines.length} names, ${canonical.size} icons`);
