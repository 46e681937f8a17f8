// The user guide: Markdown in guide/, and the page of every test from where the tests
// are defined, so that it cannot say something else. It lies as pages of HTML in the
// built page's folder guide/, which opens in any browser, without Assay; the window
// shows the same pages and has their names and titles from virtual:guide.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';

/** The pages in their order: guide/NAME.md, but for the one that is generated. */
export const order = [
  'first-certificate',
  'import',
  'patterns',
  'tests',
  'auditors',
  'it',
  'members',
  'glossary',
];

/** What tests beyond one run look at is said in the package's words; these are about the log and its changes. */
const others = {
  'IMP-01':
    'a version of the workflow, its model or its prompt appears in the runs, and no change of it is recorded as reviewed.',
  'IMP-02':
    'outcomes are distributed otherwise in one period than in the one before, beyond chance and by more than a small effect.',
  'RSK-01':
    'a declared segment gets an outcome at less than four fifths of the rate of another, beyond chance.',
  'LOG-01':
    'the log has gaps in time or number, a chain that does not hold, runs twice, or fewer runs than its platform states.',
  'LOG-02':
    'a run came again with content that contradicts what an earlier import holds; what was held before stands.',
};

const escape = (s) => s.replace(/[|\\]/g, '\\$&').replace(/</g, '&lt;');

/** Every test with its definition, as Markdown, from the sources of package oversight. */
export function testsPage(doc, list) {
  const codes = new Map([...list.matchAll(/^\t(\w+)\s+Code = "([A-Z]{3}-\d\d)"/gm)].map((m) => [m[1], m[2]]));
  const defined = {};
  for (const m of doc
    .replaceAll(/^\/\/ ?/gm, '')
    .matchAll(/^ {2}- ([A-Z]{3}-\d\d)[:,]((?:.*\n)(?: {4}.*\n)*)/gm))
    defined[m[1]] ??= m[2].replace(/\s+/g, ' ').trim();
  const rows = [
    ...list.matchAll(/Code: (\w+),[^\n]*Severity: Severity(\w+),([^\n]*)\n\s*Title: "((?:[^"\\]|\\.)*)"/g),
  ].map(([, name, severity, flags, title]) => {
    const code = codes.get(name) ?? name;
    const kind = /Question: true/.test(flags) ? 'a question to the officer' : 'a fact';
    const definition = escape(defined[code] ?? others[code] ?? '');
    return `| ${code} | **${escape(title)}** (${severity.toLowerCase()}, ${kind})<br>${definition} |`;
  });
  return `# Every test and its definition

A test looks at the imported runs. What it cannot look at, because the file does not carry it, is *not shown*, and
no pass. A fact that was explained stays counted; a question is answered by the officer whom it is about. In the
definitions, a *gate* is where a person decides, a *release* is what leaves the workflow, *prepare* is
what was done before, and the *roster* says who may decide.

| test | it finds that |
|---|---|
${rows.join('\n')}
`;
}

/** The pages: their name, title and HTML. Links among them are `to(name)`. */
export function guide(root, to) {
  const read = (...path) => readFileSync(join(root, ...path), 'utf8').replaceAll('\r\n', '\n');
  return order.map((name) => {
    const text =
      name === 'tests'
        ? testsPage(
            read('../internal/oversight/doc.go') + read('../internal/oversight/pattern.go'),
            read('../internal/oversight/tests.go'),
          )
        : read('guide', `${name}.md`);
    const html = marked
      .parse(text, { gfm: true, async: false })
      .replaceAll(/href="([\w-]+)\.md"/g, (_, other) => `href="${to(other)}"`)
      .replaceAll('<table>', '<div class="scroll" role="region" tabindex="0" aria-label="Table"><table>')
      .replaceAll('</table>', '</table></div>')
      .replaceAll('<th>', '<th scope="col">');
    const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
    return { name, title, html };
  });
}

const style = `:root{color-scheme:light dark}
body{font:1rem/1.55 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}
nav a{margin-right:1em}table{border-collapse:collapse}
td,th{border-bottom:1px solid #8888;padding:.4em .8em .4em 0;text-align:left;vertical-align:top}
.scroll{overflow-x:auto;margin-bottom:1.5rem}code{overflow-wrap:anywhere}`;

function standalone(page, pages) {
  const links = pages.map((p) => `<a href="${p.name}.html">${p.title}</a>`).join('\n');
  return `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} – Assay</title><style>${style}</style></head>
<body><nav aria-label="Guide">${links}</nav><main>${page.html}</main></body></html>
`;
}

/** The guide for Vite: as pages of their own, and their titles as virtual:guide. */
export function guidePlugin(root) {
  const id = 'virtual:guide';
  return {
    name: 'assay-guide',
    resolveId: (asked) => (asked === id ? `\0${id}` : undefined),
    load(asked) {
      if (asked !== `\0${id}`) return undefined;
      const pages = guide(root, (name) => `${name}.html`);
      return `export const pages = ${JSON.stringify(pages.map(({ name, title }) => ({ name, title })))};`;
    },
    // While the page is being worked on, as generateBundle writes them otherwise.
    configureServer(server) {
      server.middlewares.use('/guide/', (request, response, next) => {
        const pages = guide(root, (name) => `${name}.html`);
        const page = pages.find((p) => request.url === `/${p.name}.html`);
        if (page) response.end(standalone(page, pages));
        else next();
      });
    },
    generateBundle() {
      const pages = guide(root, (name) => `${name}.html`);
      for (const p of pages)
        this.emitFile({ type: 'asset', fileName: `guide/${p.name}.html`, source: standalone(p, pages) });
    },
  };
}
