// What the three forms about a workflow share: they edit a copy of the whole
// record, keep it as a draft while it is typed, and save it whole.
import { push } from 'svelte-spa-router';
import { asFault, Workflows, type Workflow } from '$lib/api';
import { draft } from '$lib/draft.svelte';
import type { Fault } from '$lib/fault';
import { fill } from '$lib/format';
import { t } from '$lib/text';
import { done } from '$lib/ui';
import { blankWorkflow } from './blank';

export function editing(ref: () => string, part: string, after: (ref: string) => string) {
  let form = $state<Workflow>(blankWorkflow());
  let ready = $state(false);
  let fault = $state.raw<Fault | null>(null);
  let busy = $state(false);

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
  const kept = draft(
    () => `workflow/${ref() || 'new'}/${part}`,
    () => (ready ? form : null),
  );
  return {
    get form() {
      return form;
    },
    get ready() {
      return ready;
    },
    get fault() {
      return fault;
    },
    get busy() {
      return busy;
    },
    draft: kept,
    use(value: Workflow | null) {
      // The record may have moved on since: its identity is never the draft's.
      if (value)
        form = { ...blankWorkflow(), ...value, id: form.id, ref: form.ref, lifecycle: form.lifecycle };
    },
    /** Begins anew from a template's suggestions; the name that was typed stays. */
    async begin(template: string): Promise<void> {
      try {
        const from = template ? await Workflows.Begin(template) : blankWorkflow();
        form = { ...from, name: form.name, service: form.service, owner_id: form.owner_id };
      } catch (why) {
        fault = asFault(why);
      }
    },
    /** Whether this part is what a template wrote and nobody confirmed. */
    isSuggested: (name: string): boolean => form.suggested.includes(name),
    confirm(name: string) {
      if (form.suggested.includes(name)) form.suggested = form.suggested.filter((n) => n !== name);
    },
    refuse(why: Fault) {
      fault = why;
    },
    async save(): Promise<void> {
      busy = true;
      fault = null;
      try {
        const saved = await Workflows.Save($state.snapshot(form) as Workflow);
        await kept.finish();
        done(fill(t.workflows.savedToast, { name: saved.name }));
        await push(after(saved.ref));
      } catch (why) {
        fault = asFault(why);
      } finally {
        busy = false;
      }
    },
  };
}
