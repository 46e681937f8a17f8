import { describe, expect, it } from 'vitest';
import { Fault, parseFault } from './fault';

describe('parseFault', () => {
  it('reads the program’s JSON string with its fields', () => {
    const fault = parseFault(
      new Error(
        '{"code":"invalid","message":"Enter the policy title","fields":[{"name":"title","message":"Enter the policy title"}]}',
      ),
      'x',
    );
    expect(fault.code).toBe('invalid');
    expect(fault.field('title')).toBe('Enter the policy title');
    expect(fault.field('purpose')).toBe('');
  });
  it('keeps the position in an input file', () => {
    expect(parseFault('{"code":"unreadable","message":"No.","where":"line 12"}', 'x').where).toBe('line 12');
  });
  it.each([
    ['[object Object]'],
    [undefined],
    ['{"code":"made up","message":"m"}'],
    ['{"message":1}'],
    ['null'],
  ])('shows the fallback for %s', (reason) => {
    const fault = parseFault(reason, 'Something went wrong.');
    expect(fault.code).toBe('internal');
    expect(fault.message).toBe('Something went wrong.');
  });
  it('passes a fault through unchanged', () => {
    const fault = new Fault('conflict', 'No.');
    expect(parseFault(fault, 'x')).toBe(fault);
  });
});
