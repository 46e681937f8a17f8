import { expect, test } from 'vitest';
import { fieldName } from './fields';

test('a field is named in words', () => {
  expect(fieldName('name')).toBe('Name');
  expect(fieldName('owner_id')).toBe('Owner');
  expect(fieldName('gates[2].min_review')).toBe('Gates 2: min review');
  expect(fieldName('versions[1].links[3].workflow_id')).toBe('Versions 1: links 3: workflow');
});
