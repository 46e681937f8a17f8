import { expect, it } from 'vitest';

const sources = import.meta.glob<string>('/src/**/*.svelte', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

it('every field that is named by `of` stands in a form that says what it is called', () => {
  const outside = Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/\bof=("[^"]*"|\{\w+\})/g)]
      .filter(({ index }) => {
        const before = text.slice(0, index);
        const fields = count(before, /<Fields\b/g) - count(before, /<\/Fields>/g);
        const forms = count(before, /<Form\b/g) - count(before, /<\/Form>/g);
        const form = before.slice(before.lastIndexOf('<Form'));
        return fields === 0 && (forms === 0 || !form.includes('text='));
      })
      .map(([field]) => `${file} ${field}`),
  );
  expect(outside.filter((x) => !x.includes('.test.'))).toEqual([]);
});
