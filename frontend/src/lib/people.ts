// People as choices in a form.
import { Settings, type Person } from './api';
import { t } from './text';

/** Everybody in the register, for forms. */
export const people = (): Promise<Person[]> => Settings.People();

/** Choices by `by` ("id" or "ref"), with an empty one first. */
export const choices = (
  list: readonly Person[],
  by: 'id' | 'ref' = 'id',
): { value: string; label: string }[] => [
  { value: '', label: t.common.choose },
  ...list
    .filter((p) => p.active)
    .map((p) => ({ value: p[by], label: p.job_title ? `${p.name}, ${p.job_title}` : p.name })),
];

export const nameOf = (list: readonly Person[], id: string): string =>
  list.find((p) => p.id === id)?.name ?? '';
