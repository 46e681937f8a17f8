import { describe, expect, it } from 'vitest';
import { fileName, pathOf } from './file';

describe('a file’s token', () => {
  it.each([
    ['K5TQ:/exports/october.csv', '/exports/october.csv', 'october.csv'],
    ['K5TQ:C:\\Exports\\october: part 1.csv', 'C:\\Exports\\october: part 1.csv', 'october: part 1.csv'],
    ['', '', ''],
  ])('%s', (token, path, name) => {
    expect(pathOf(token)).toBe(path);
    expect(fileName(token)).toBe(name);
  });
});
