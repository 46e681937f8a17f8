// The steps of working an assessment, with how far each has come.
import type { Answer, Assessment, Guide, Question } from '$lib/api';

export interface Step {
  key: string;
  title: string;
  done: number;
  all: number;
}

/** Whether an answer says something: a suggestion does not, and nor does a bare yes. */
export function isAnswered(a: Answer | undefined): boolean {
  if (!a?.value || a.suggested) return false;
  return a.note.trim() !== '' || (a.value === 'yes' && a.evidence.length > 0);
}

const rated = (s: { likelihood: number; impact: number }) => s.likelihood > 0 && s.impact > 0;

/** The steps in their order: the sections of questions, then risks, basis and hand-over. */
export function stepsOf(
  form: Assessment,
  guide: Pick<Guide, 'sections'>,
  words: { risks: string; basis: string; sign: string },
  linkedKinds: number,
): Step[] {
  const answers = new Map(form.answers.map((a) => [a.question, a]));
  const open = form.risks.filter((r) => r.status !== 'closed');
  return [
    ...guide.sections.map((s) => ({
      key: s.id,
      title: s.title,
      done: s.questions.filter((q) => isAnswered(answers.get(q.id))).length,
      all: s.questions.length,
    })),
    {
      key: 'risks',
      title: words.risks,
      done: open.filter(
        (r) =>
          rated(r.inherent) && rated(r.current) && rated(r.residual) && r.owner_id && r.treatment !== 'open',
      ).length,
      all: open.length,
    },
    {
      key: 'basis',
      title: words.basis,
      done: (form.method.trim() ? 1 : 0) + form.linked.length,
      all: 1 + linkedKinds,
    },
    { key: 'sign', title: words.sign, done: 0, all: 0 },
  ];
}

/** The step on which a problem of the program's (its field) is put right. */
export function stepFor(field: string, risk: string, guide: Pick<Guide, 'sections'>): string {
  if (field.startsWith('answers.')) {
    const question = field.slice('answers.'.length);
    return guide.sections.find((s) => s.questions.some((q) => q.id === question))?.id ?? 'sign';
  }
  if (risk || field === 'risks' || field.startsWith('risks[') || field.startsWith('dismissed'))
    return 'risks';
  return 'basis';
}

/** The figures and findings of runs that bear on a risk of the catalogue. */
export function bearing(
  guide: Pick<Guide, 'sections'>,
  catalogueId: string,
): Pick<Question, 'codes' | 'measures'> {
  const of = guide.sections.flatMap((s) => s.questions).filter((q) => q.risks.includes(catalogueId));
  return {
    codes: [...new Set(of.flatMap((q) => q.codes))],
    measures: [...new Set(of.flatMap((q) => q.measures))].filter((m) => m !== 'volume'),
  };
}
