// Says how much JavaScript a page needs, compressed, and fails above the budgets:
// of what every page needs with its own files, and of all of it. The other pages
// are read while the window is idle.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = { page: 130_000, all: 210_000 };
const dir = new URL('../dist/', import.meta.url);
const read = (name) => readFileSync(new URL(name, dir), 'utf8');
const chunks = new Map(
  readdirSync(new URL('assets/', dir))
    .filter((name) => name.endsWith('.js'))
    .map((name) => {
      const text = read(`assets/${name}`);
      const needs = [...text.matchAll(/(?:from|^import|;import)\s*["']\.\/([^"']+\.js)["']/g)].map(
        (m) => m[1],
      );
      return [name, { size: gzipSync(text, { level: 9 }).length, needs }];
    }),
);
function closure(names, all = new Set()) {
  for (const name of names) {
    if (all.has(name)) continue;
    all.add(name);
    closure(chunks.get(name)?.needs ?? [], all);
  }
  return all;
}
const sum = (names) => [...names].reduce((n, name) => n + (chunks.get(name)?.size ?? 0), 0);

const first = [...closure([...read('index.html').matchAll(/assets\/([^"]+\.js)/g)].map((m) => m[1]))];
const pages = [...chunks.keys()].map((name) => [name, sum(closure([...first, name]))]);
const [most, size] = pages.reduce((a, b) => (b[1] > a[1] ? b : a));
const total = sum(chunks.keys());

// What every page needs must not need a page: neither could start before the other.
const common = [...chunks.keys()].filter((name) => /^(shared|charts)-/.test(name));
const circle = common.flatMap((name) =>
  [...closure(chunks.get(name)?.needs ?? [])]
    .filter((other) => !/^(shared|charts|rolldown-runtime)-/.test(other))
    .map((other) => `${name} needs ${other}: move what it needs there to src/lib or src/shell`),
);
for (const line of circle) console.log(line);

for (const [name, chunk] of chunks) console.log(`${String(chunk.size).padStart(8)}  ${name}`);
console.log(`${String(sum(first)).padStart(8)}  before the first page`);
console.log(`${String(size).padStart(8)}  for the page that needs the most (${most}; budget ${budget.page})`);
console.log(`${String(total).padStart(8)}  in all, compressed (budget ${budget.all})`);
process.exit(size > budget.page || total > budget.all || circle.length > 0 ? 1 : 0);
