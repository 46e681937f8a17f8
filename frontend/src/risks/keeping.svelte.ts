// The work on one assessment: what is typed is kept as a draft within a second,
// and saved as a record when a step is left, a document is attached, or the
// assessment is handed over. A record for every pause in typing would bury the
// history of the assessment in its own log.
import { asFault, Drafts, Risks, type Assessment, type AssessmentView, type Guide } from '$lib/api';
import { keeper } from '$lib/draft.svelte';
import type { Fault } from '$lib/fault';
import { onlyAssessment } from './blank';

/** An assessment as it is compared and saved: answers in order, without blank ones. */
function serialized(a: Assessment): string {
  const said = a.answers.filter((x) => x.value || x.note || x.evidence.length > 0);
  return JSON.stringify({ ...a, answers: said.sort((x, y) => x.question.localeCompare(y.question)) });
}

interface Kept {
  /** The record that the work was done on: another one has moved on since. */
  base: string;
  form: Assessment;
}

export function keeping(ref: () => string) {
  let view = $state.raw<AssessmentView | null>(null);
  let guide = $state.raw<Guide | null>(null);
  let form = $state<Assessment | null>(null);
  let fault = $state.raw<Fault | null>(null);
  let kept = $state(''); // when the draft was last kept
  let restored = $state(''); // when the work was kept that was brought back
  let stored = $state(''); // the record as the program holds it
  let drafted = ''; // the draft as the program holds it
  let busy: Promise<boolean> | null = null;
  const draft = keeper(
    (at) => (kept = at),
    (why) => (fault = asFault(why)),
  );

  const name = () => `assessment/${ref()}`;
  const now = $derived(form ? serialized(form) : '');
  const dirty = $derived(form !== null && now !== stored);

  async function fetch(): Promise<void> {
    const asked = ref();
    try {
      const [v, g] = await Promise.all([Risks.Show(asked), Risks.Guide(asked)]);
      if (asked !== ref()) return;
      view = v;
      guide = g;
      form = onlyAssessment(v);
      stored = serialized(form);
      drafted = stored;
      fault = null;
    } catch (why) {
      fault = asFault(why);
    }
  }
  async function begin(): Promise<void> {
    restored = kept = '';
    await fetch();
    if (view?.status !== 'draft') return;
    const draft = await Drafts.Get(name()).catch(() => null);
    if (!draft?.body) return;
    try {
      const before = JSON.parse(draft.body) as Kept;
      if (before.base !== stored || serialized(before.form) === stored) return;
      form = before.form;
      drafted = serialized(before.form);
      restored = draft.saved_at;
    } catch {
      // A draft that cannot be read is no reason to stop anybody.
    }
  }
  $effect(() => {
    if (ref()) void begin();
  });

  function note() {
    const text = now;
    if (!dirty || text === drafted || view?.status !== 'draft') return;
    drafted = text;
    const base = stored;
    draft.note(name(), () => JSON.stringify({ base, form: JSON.parse(text) as Assessment }));
  }
  $effect(note);
  // Whoever goes to another page keeps what was typed in its last second too.
  $effect(() => () => {
    if (dirty) void save();
  });

  /** Saves the record; false where the program refuses it, which then says why. */
  function save(): Promise<boolean> {
    busy = (busy ?? Promise.resolve(true)).then(write);
    return busy;
  }
  async function write(): Promise<boolean> {
    if (!form || !dirty || view?.status !== 'draft') return !fault || !dirty;
    const sent = now;
    const of = name();
    try {
      const answer = await Risks.Save(JSON.parse(sent) as Assessment);
      // New risks get their identifiers; what was typed meanwhile stays.
      answer.risks.forEach((r, i) => {
        const mine = form?.risks[i];
        if (mine && !mine.id) Object.assign(mine, { id: r.id, ref: r.ref });
      });
      const typed = JSON.parse(sent) as Assessment;
      typed.risks.forEach((r, i) => Object.assign(r, { id: answer.risks[i]?.id, ref: answer.risks[i]?.ref }));
      stored = serialized(typed);
      drafted = stored;
      fault = null;
      kept = '';
      restored = '';
      await draft.drop(of);
      note(); // what was typed meanwhile
      if (view && ref() === view.ref) view = await Risks.Show(view.ref);
      return true;
    } catch (why) {
      fault = asFault(why);
      return false;
    }
  }
  async function discard(): Promise<void> {
    await draft.drop(name());
    restored = '';
    await fetch();
  }
  /** Keeps documents and names them in an answer; gives their references. */
  async function attach(question: string, paths: string[]): Promise<{ ref: string; title: string }[]> {
    const out: { ref: string; title: string }[] = [];
    const assessment = ref();
    if (!(await save())) return out;
    try {
      for (const path of paths) {
        const e = await Risks.Attach({ assessment, question, path, title: '', kind: '' });
        out.push(e);
        const [v, g] = await Promise.all([Risks.Show(assessment), Risks.Guide(assessment)]);
        view = v;
        guide = g;
        const record = onlyAssessment(v);
        const now = record.answers.find((x) => x.question === question);
        const mine = form?.answers.find((x) => x.question === question);
        if (mine && now) mine.evidence = now.evidence;
        else if (now) form?.answers.push(now);
        stored = serialized(record);
      }
    } catch (why) {
      fault = asFault(why);
    }
    return out;
  }
  return {
    get view() {
      return view;
    },
    get guide() {
      return guide;
    },
    get form() {
      return form;
    },
    get fault() {
      return fault;
    },
    get kept() {
      return kept;
    },
    get restored() {
      return restored;
    },
    get dirty() {
      return dirty;
    },
    fetch,
    save,
    discard,
    attach,
  };
}
