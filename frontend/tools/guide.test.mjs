import { describe, expect, it } from 'vitest';
import { guide, order } from './guide.mjs';

const pages = guide(process.cwd(), (name) => `#/guide/${name}`);

describe('guide', () => {
  it('has every page with a title, and links only to pages that there are', () => {
    expect(pages.map((p) => p.name)).toEqual(order);
    for (const p of pages) {
      expect(p.title).not.toBe(p.name);
      expect(p.html).not.toMatch(/\.md"/);
      for (const [, name] of p.html.matchAll(/href="#\/guide\/([\w-]+)"/g)) expect(order).toContain(name);
    }
  });
  it('names every test with what it looks for', () => {
    const tests = pages.find((p) => p.name === 'tests')?.html ?? '';
    const rows = [...tests.matchAll(/<td>([A-Z]{3}-\d\d)<\/td>\s*<td>(.*?)<\/td>/gs)];
    expect(rows.length).toBeGreaterThanOrEqual(25);
    for (const [, code, text] of rows) expect(text.split('<br>')[1]?.length ?? 0, code).toBeGreaterThan(20);
  });
  it('runs nothing: it is text', () => {
    for (const p of pages) expect(p.html).not.toMatch(/<script|<style|\son\w+=|javascript:/i);
  });
});
