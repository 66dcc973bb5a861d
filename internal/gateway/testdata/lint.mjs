// Lints the OpenAPI document on standard input with Redocly's rules and prints
// what they complain about: errors as "error", all else as "warn".
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';

const [home] = process.argv.slice(2);
const { createConfig, lintFromString } = await import(pathToFileURL(home + '/lib/index.js'));
const config = await createConfig({ extends: ['recommended'] });
const problems = await lintFromString({ source: readFileSync(0, 'utf8'), absoluteRef: '/document.json', config });
for (const p of problems) {
  console.log(`${p.severity} ${p.ruleId}: ${p.message} ${p.location[0]?.pointer ?? ''}`);
}
console.log(`${problems.filter((p) => p.severity === 'error').length} errors`);
