import { describe, expect, it, vi } from 'vitest';
import { preload } from './preload';

describe('preload', () => {
  it('brings one page after the other, past one that fails', async () => {
    const order: string[] = [];
    const page = (name: string) => () => {
      order.push(name);
      return name === 'b' ? Promise.reject(new Error('gone')) : Promise.resolve();
    };
    preload([page('a'), page('b'), page('c')]);
    expect(order).toEqual([]); // never before what is on the screen
    await vi.waitFor(() => expect(order).toEqual(['a', 'b', 'c']));
  });
});
