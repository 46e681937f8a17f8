// Short messages that something was done, each with the way back where there is
// one. What can be undone stays until it is dismissed or somebody goes to another
// page: ten seconds is too short for someone who reads with a magnifier.
import type { Fault } from '$lib/fault';

export interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
  undo?: () => void | Promise<void>;
}

let next = 1;
export const toasts = $state<Toast[]>([]);

export function dismiss(id: number): void {
  const at = toasts.findIndex((toast) => toast.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

const lifetime = 6000;

/** Somebody went to another page: what was said on the one before goes. */
export function turned(): void {
  for (const toast of toasts.filter((x) => x.undo)) dismiss(toast.id);
}

function show(toast: Omit<Toast, 'id'>, stays: boolean): void {
  const id = next++;
  // Of several changes the last can be taken back here, the others under Activity.
  if (toast.undo) for (const before of toasts.filter((x) => x.undo)) dismiss(before.id);
  toasts.push({ ...toast, id });
  while (toasts.length > 3) toasts.shift();
  if (!stays) setTimeout(() => dismiss(id), lifetime);
}

/** Says that something was done; `undo` takes it back. */
export function done(text: string, undo?: Toast['undo']): void {
  show({ text, tone: 'good', undo }, undo !== undefined);
}

/** Says that something could not be done, outside any form. */
export function failed(fault: Fault): void {
  if (fault.code === 'cancelled') return;
  const text = fault.fields.length > 0 ? fault.fields.map((f) => f.message).join(' ') : fault.message;
  show({ text, tone: 'bad' }, true);
}
