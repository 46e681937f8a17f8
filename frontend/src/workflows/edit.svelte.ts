// What the three forms about a workflow share: they edit a copy of the whole
// record, and save it whole.
import { push } from 'svelte-spa-router';
import { asFault, Workflows, type Workflow } from '$lib/api';
import type { Fault } from '$lib/fault';
import { fill } from '$lib/format';
import { t } from '$lib/text';
import { changed } from '$lib/undo';
import { blankWorkflow } from './blank';
import { saveWorkflow } from './change.svelte';

export function editing(ref: () => string, after: (ref: string) => string) {
  let form = $state<Workflow>(blankWorkflow());
  let ready = $state(false);
  let fault = $state.raw<Fault | null>(null);

  $effect(() => {
    const name = ref();
    ready = false;
    if (!name) {
      form = blankWorkflow();
      ready = true;
      return;
    }
    Workflows.Show(name)
      .then((v) => {
        form = v.workflow;
        ready = true;
      })
      .catch((why) => (fault = asFault(why)));
  });
  return {
    get form() {
      return form;
    },
    set form(value: Workflow) {
      form = value;
    },
    get ready() {
      return ready;
    },
    /** Why the record cannot be shown. */
    get fault() {
      return fault;
    },
    /** Begins anew from a template's suggestions; the name that was typed stays. */
    async begin(template: string): Promise<void> {
      try {
        const from = template ? await Workflows.Begin(template) : blankWorkflow();
        form = { ...from, name: form.name, service: form.service || from.service, owner_id: form.owner_id };
      } catch (why) {
        fault = asFault(why);
      }
    },
    /** Whether this part is what a template wrote and nobody confirmed. */
    isSuggested: (name: string): boolean => form.suggested.includes(name),
    confirm(name: string) {
      if (form.suggested.includes(name)) form.suggested = form.suggested.filter((n) => n !== name);
    },
    async save(): Promise<void> {
      const was = ref();
      const saved = await saveWorkflow($state.snapshot(form) as Workflow);
      const text = fill(t.workflows.savedToast, { name: saved.name });
      await push(after(saved.ref));
      await changed(text, saved.ref, () => push(was ? after(was) : '/workflows'));
    },
  };
}
