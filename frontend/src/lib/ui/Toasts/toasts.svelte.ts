// Short messages that something was done, each with the way back where there is
// one. A message belongs to the page on which it was asked for: it goes when that
// page is left, and one that comes later than that is not shown at all. What can
// be undone stays until then or until it is dismissed: ten seconds is too short
// for someone who reads with a magnifier.
import type { Fault } from '$lib/fault';

export interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
  /** Of the page that it belongs to. */
  page: string;
  undo?: () => void | Promise<void>;
}

let next = 1;
export const toasts = $state<Toast[]>([]);

/** The page that is shown: its address without what is asked of it. */
export const currentPage = (): string => location.hash.replace(/\?.*/, '');

export function dismiss(id: number): void {
  const at = toasts.findIndex((toast) => toast.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

const lifetime = 6000;

/** Drops the messages of pages that were left; those that end by themselves may still be read. */
export function pageChanged(): void {
  const page = currentPage();
  for (const toast of toasts.filter((x) => x.page !== page && (x.undo || x.tone === 'bad')))
    dismiss(toast.id);
}

function show(toast: Omit<Toast, 'id'>, stays: boolean): void {
  if (toast.page !== currentPage()) return;
  const id = next++;
  // Of several changes the last can be taken back here, the others under Activity.
  if (toast.undo) for (const before of toasts.filter((x) => x.undo)) dismiss(before.id);
  toasts.push({ ...toast, id });
  while (toasts.length > 3) toasts.shift();
  if (!stays) setTimeout(() => dismiss(id), lifetime);
}

/** Says that something was done on a page; `undo` takes it back. */
export function done(text: string, undo?: Toast['undo'], page = currentPage()): void {
  show({ text, tone: 'good', undo, page }, undo !== undefined);
}

/** Says that something could not be done, outside any form. */
export function failed(fault: Fault): void {
  if (fault.code === 'cancelled') return;
  const text = fault.fields.length > 0 ? fault.fields.map((f) => f.message).join(' ') : fault.message;
  show({ text, tone: 'bad', page: currentPage() }, true);
}
