// What Ctrl+K offers besides the records of the register.
import { push } from 'svelte-spa-router';
import { Overviews, Registers } from '$lib/api';
import { refHref, word } from '$lib/link';
import { session } from '$lib/session.svelte';
import { t } from '$lib/text';
import type { Command } from '$lib/ui';
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
  });
  return [
    ...pages,
    go('add-workflow', t.workflows.add, '#/workflows/new'),
    go('add-policy', t.policies.add, '#/policies/new'),
    go('import', t.workflows.import, '#/runs/import'),
    go('verify', t.start.verifyTitle, '#/verify'),
    go('risks', t.risks.title, '#/risks'),
    go('schedule', t.reviews.schedule, '#/reviews/schedules'),
    go('actions', t.reviews.actions, '#/reviews/actions'),
    go('records', t.reviews.records, '#/reviews/records'),
    go('documents', t.standards.families.evidence, '#/standards/evidence'),
    go('people', t.settings.tabs.people, '#/settings/people'),
    go('keys', t.settings.tabs.keys, '#/settings/keys'),
    go('backup', t.settings.tabs.backup, '#/settings/backup'),
    { key: 'person', label: t.shell.choosePerson, kind: t.palette.action, run: doings.person },
    ...(session.is.sample
      ? [
          {
            key: 'remove-sample',
            label: t.shell.removeSample,
            kind: t.palette.action,
            run: doings.removeSample,
          },
        ]
      : []),
    { key: 'shortcuts', label: t.shell.shortcuts, kind: t.palette.action, run: doings.shortcuts },
    {
      key: 'close',
      label: t.shell.closeRegister,
      kind: t.palette.action,
      run: async () => {
        session.set(await Registers.Close());
        await push('/');
      },
    },
  ];
}

/** Records of the register that hold the words. */
export async function findRecords(query: string): Promise<Command[]> {
  try {
    return (await Overviews.Search(query)).map((found) => ({
      key: `${found.kind}:${found.ref}`,
      label: found.title,
      kind: word(t.kinds, found.kind),
      reference: found.ref,
      href: refHref(found.in || found.ref),
    }));
  } catch {
    return []; // the palette still offers its pages
  }
}
