// The pages of the user guide. They lie beside the window's page as HTML of their own
// (tools/guide.mjs) and are read when somebody looks at one: no page carries them.

const read = new Map<string, Promise<Document>>();

function page(name: string): Promise<Document> {
  let found = read.get(name);
  if (!found) {
    // A file of the page itself: nothing is asked of anybody else (its policy allows nothing else).
    // eslint-disable-next-line no-restricted-globals
    found = fetch(`guide/${name}.html`)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(`guide/${name}.html`))))
      // Its own styles are for a browser without Assay, and the window's policy would refuse them.
      .then((text) => new DOMParser().parseFromString(text.replace(/<style>.*?<\/style>/s, ''), 'text/html'));
    found.catch(() => read.delete(name));
    read.set(name, found);
  }
  return found;
}

/** What a page says below its heading, with links into the window's guide. */
export async function guideText(name: string): Promise<string> {
  const main = (await page(name)).querySelector('main')?.cloneNode(true) as Element;
  main.querySelector('h1')?.remove();
  for (const link of main.querySelectorAll('a')) {
    const to = /^([\w-]+)\.html$/.exec(link.getAttribute('href') ?? '')?.[1];
    if (to) link.setAttribute('href', `#/guide/${to}`);
  }
  for (const picture of main.querySelectorAll('img'))
    picture.setAttribute('src', `guide/${picture.getAttribute('src') ?? ''}`);
  return main.innerHTML;
}

/** What the glossary says a term means; empty where it has none. */
export async function meaning(term: string): Promise<string> {
  for (const row of (await page('glossary')).querySelectorAll('tr')) {
    const [name, text] = [...row.cells].map((c) => c.textContent ?? '');
    if (name?.toLowerCase() === term.toLowerCase()) return text ?? '';
  }
  return '';
}
