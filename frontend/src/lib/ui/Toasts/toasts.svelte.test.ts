import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '$lib/fault';
import { currentPage, dismiss, done, failed, pageChanged, toasts } from './toasts.svelte';

const undo = () => undefined;
const texts = () => toasts.map((toast) => toast.text);

describe('a message', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    location.hash = '#/policies/POL-0001';
  });
  afterEach(() => {
    for (const toast of [...toasts]) dismiss(toast.id);
    vi.useRealTimers();
  });

  it('goes when its page is left', () => {
    done('Saved.', undo);
    failed(new Fault('conflict', 'It is used.'));
    location.hash = '#/policies';
    pageChanged();
    expect(texts()).toEqual([]);
  });
  it('stays while only what is asked of the page changes', () => {
    done('Saved.', undo);
    location.hash = '#/policies/POL-0001?part=2';
    pageChanged();
    expect(texts()).toEqual(['Saved.']);
  });
  it('that comes after its page was left is not shown', () => {
    const page = currentPage();
    location.hash = '#/runs/import';
    done('Saved.', undo, page);
    expect(texts()).toEqual([]);
  });
  it('that cannot be undone ends by itself', () => {
    done('Copied.');
    vi.advanceTimersByTime(10_000);
    expect(texts()).toEqual([]);
  });
});
