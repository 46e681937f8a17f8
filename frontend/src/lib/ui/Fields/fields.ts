// What a form says about each of its fields, once: a field names itself by its JSON name
// (`<Field of="owner_id">`) and finds its label, its hint and what is wrong with it here.
import { getContext, setContext } from 'svelte';
import type { Fault } from '$lib/fault';

/** A label, or a label with what helps to fill the field in. */
export type FieldText = string | { readonly label: string; readonly hint?: string };

interface FormFields {
  /** By the JSON name of the field. */
  readonly text: Readonly<Record<string, FieldText>>;
  /** What the program refused last. */
  readonly fault: Fault | null;
  /** Where in the record the fields stand: "gates[0]"; empty at its top. */
  readonly at: string;
}

const key = Symbol('fields');

/** Tells the fields below this component about themselves. */
export function provideFields(fields: () => FormFields): void {
  setContext(key, fields);
}

/** The fields of the form around; none outside a form. */
export const formFields = (): (() => FormFields) | undefined => getContext(key);

/** How a field is told of: by `of` within a form, or by the rest. What is said itself comes first. */
interface FieldProps {
  of?: string;
  name?: string;
  label?: string;
  hint?: string;
  error?: string;
}

interface ResolvedField {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly error: string;
}

/** What a field is called, in its markup and to people, and what is wrong with it. */
export function resolveField(own: () => FieldProps): ResolvedField {
  const fields = formFields();
  const text = () => {
    const { of } = own();
    const said = of === undefined ? undefined : fields?.().text[of];
    return typeof said === 'string' ? { label: said } : said;
  };
  return {
    get id() {
      return `f-${this.name}`;
    },
    get name() {
      const { of = '', name } = own();
      const at = fields?.().at;
      return name ?? (at ? `${at}.${of}` : of);
    },
    get label() {
      return own().label ?? text()?.label ?? '';
    },
    get hint() {
      return own().hint ?? text()?.hint ?? '';
    },
    get error() {
      return own().error ?? (own().of === undefined ? '' : (fields?.().fault?.field(this.name) ?? ''));
    },
  };
}

/** Labels and the hints that some of them have, as fields find them. */
export function fieldTexts(
  labels: Readonly<Record<string, string>>,
  hints: Readonly<Record<string, string>> = {},
): Record<string, FieldText> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, label]) => [name, { label, hint: hints[name] ?? '' }]),
  );
}
