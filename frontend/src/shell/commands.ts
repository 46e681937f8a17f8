// What Ctrl+K offers besides the records of the register.
import { asFault, Overviews, Settings, type Found } from '$lib/api';
import { fill } from '$lib/format';
import { refHref, word } from '$lib/link';
import { session } from '$lib/session.svelte';
import { t } from '$lib/text';
import { applyTheme, theme } from '$lib/theme';
import { done, failed, type Command } from '$lib/ui';
import { closeRegister, lockRegister } from './register';
import { rooms } from './rooms';

interface Doings {
  shortcuts: () => void;
  person: () => void;
  removeSample: () => void;
}

export function pageCommands(doings: Doings): Command[] {
  const pages = rooms.map((r) => ({
    key: r.href,
    label: t.rooms[r.key],
    kind: t.palette.page,
    href: r.href,
  }));
  const go = (key: string, label: string, href: string): Command => ({
    key,
    label,
    kind: t.palette.action,
    href,
    also: key.startsWith('add-') ? t.palette.alsoNew : '',
  });
  const does = (key: string, label: string, run: () => unknown): Command => ({
    key,
    label,
    kind: t.palette.action,
    run: () => void Promise.resolve(run()).catch((why) => failed(asFault(why))),
  });
  return [
    ...pages,
    go('add-workflow', t.workflows.add, '#/workflows/new'),
    go('add-policy', t.policies.add, '#/policies/new'),
    go('import', t.workflows.import, '#/runs/import'),
    go('verify', t.start.verifyTitle, '#/verify'),
    go('guide', t.guide.title, '#/guide'),
    go('glossary', t.guide.glossary, '#/guide/glossary'),
    go('search', t.runs.search.title, '#/runs/search'),
    go('sample', t.runs.samples.draw, '#/runs/samples/new'),
    go('monitor', t.runs.tabs.monitor, '#/runs/monitor'),
    go('schedule', t.reviews.schedule, '#/reviews/schedules?new=1'),
    go('actions', t.reviews.actions, '#/reviews/actions'),
    go('add-action', t.reviews.addAction, '#/reviews/actions?new=1'),
    go('records', t.reviews.records, '#/reviews/records'),
    go('add-record', t.reviews.recordAdd, '#/reviews/records?new=1'),
    go('month', t.reviews.tabs.month, '#/reviews/month'),
    go('annex', t.standards.families.annex_a, '#/standards/annex_a'),
    go('documents', t.standards.families.evidence, '#/standards/evidence'),
    go('handover', t.settings.handOver, '#/handover'),
    go('organisation', t.settings.tabs.organisation, '#/settings'),
    go('people', t.settings.tabs.people, '#/settings/people'),
    go('keys', t.settings.tabs.keys, '#/settings/keys'),
    go('backup', t.settings.tabs.backup, '#/settings/backup'),
    go('appearance', t.settings.tabs.appearance, '#/settings/appearance'),
    does('back-up', t.palette.backUp, async () => {
      done(fill(t.settings.backupDone, { path: (await Settings.Backup()).path }));
    }),
    does('theme', t.palette.theme, () => applyTheme(isDark() ? 'light' : 'dark')),
    does('person', t.shell.choosePerson, doings.person),
    ...(session.is.sample ? [does('remove-sample', t.shell.removeSample, doings.removeSample)] : []),
    does('shortcuts', t.shell.shortcuts, doings.shortcuts),
    does('lock', t.palette.lock, lockRegister),
    does('close', t.shell.closeRegister, closeRegister),
  ];
}

const isDark = () =>
  theme() === 'dark' || (theme() === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);

/** Where a hit is shown. */
function hrefOf(found: Found): string {
  const inside = encodeURIComponent(found.in);
  switch (found.kind) {
    case 'run':
      return `#/runs/run/${inside}/${encodeURIComponent(found.ref)}`;
    case 'gate':
      return `#/workflows/${inside}/gates/${encodeURIComponent(found.ref)}`;
    case 'finding':
      return `#/runs/findings?workflow=${inside}`;
    case 'soa':
      return '#/standards/annex_a';
    default:
      return refHref(found.in || found.ref);
  }
}

/** Records of the register that hold the words. */
export async function findRecords(query: string): Promise<Command[]> {
  try {
    return (await Overviews.Search(query)).map((found, i) => ({
      key: `${found.kind}:${found.in}:${found.ref || i}`,
      label: found.title || found.ref,
      kind: word(t.kinds, found.kind),
      reference: found.ref || found.in,
      found: found.excerpt,
      href: hrefOf(found),
    }));
  } catch {
    return []; // the palette still offers its pages
  }
}
