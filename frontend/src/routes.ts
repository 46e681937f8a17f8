// Which page stands at which address. Each page is a file of its own, so that the
// window stands before all of them are read; the others follow while it is idle,
// so that a click waits for none (shell/ahead.ts).
import type { Component } from 'svelte';
import type { RouteDefinition } from 'svelte-spa-router';
import { wrap } from 'svelte-spa-router/wrap';

type Module = { default: Component };

/** How each page is brought. */
export const pages: (() => Promise<Module>)[] = [];

function page(bring: () => Promise<Module>) {
  pages.push(bring);
  return wrap({ asyncComponent: bring });
}

/** While no register is open. */
export const startRoutes: RouteDefinition = {
  '/': page(() => import('./start/Start.svelte')),
  '/new': page(() => import('./start/New.svelte')),
  '/receive': page(() => import('./handover/Receive.svelte')),
  '/verify': page(() => import('./verify/Verify.svelte')),
  '/guide/:page?': page(() => import('./guide/Guide.svelte')),
  '*': page(() => import('./start/Start.svelte')),
};

/** With a register open. */
export const openRoutes: RouteDefinition = {
  '/': page(() => import('./overview/Overview.svelte')),
  '/todo': page(() => import('./todo/Todo.svelte')),
  '/new': page(() => import('./start/New.svelte')),
  '/workflows': page(() => import('./workflows/List.svelte')),
  '/workflows/new': page(() => import('./workflows/Form.svelte')),
  '/workflows/:ref/edit': page(() => import('./workflows/Form.svelte')),
  '/workflows/:ref/account': page(() => import('./workflows/AccountForm.svelte')),
  '/workflows/:ref/gates/:key': page(() => import('./workflows/GateForm.svelte')),
  '/workflows/:ref/:tab?': page(() => import('./workflows/Detail.svelte')),
  '/policies': page(() => import('./policies/List.svelte')),
  '/policies/new': page(() => import('./policies/Form.svelte')),
  '/policies/:ref/edit': page(() => import('./policies/Form.svelte')),
  '/policies/:ref': page(() => import('./policies/Detail.svelte')),
  '/risks': page(() => import('./risks/List.svelte')),
  '/risks/risk/:ref': page(() => import('./risks/Risk.svelte')),
  '/risks/:ref/:step?': page(() => import('./risks/Assessment.svelte')),
  '/runs': page(() => import('./runs/Findings.svelte')),
  '/runs/findings': page(() => import('./runs/Findings.svelte')),
  '/runs/monitor': page(() => import('./runs/Monitor.svelte')),
  '/runs/list': page(() => import('./runs/List.svelte')),
  '/runs/run/:workflow/:id': page(() => import('./runs/run/Run.svelte')),
  '/runs/samples': page(() => import('./runs/samples/List.svelte')),
  '/runs/samples/new': page(() => import('./runs/samples/Draw.svelte')),
  '/runs/samples/:ref': page(() => import('./runs/samples/Sample.svelte')),
  '/runs/search': page(() => import('./runs/Search.svelte')),
  '/runs/imports': page(() => import('./runs/Imports.svelte')),
  '/runs/imports/:ref': page(() => import('./runs/Source.svelte')),
  '/runs/import': page(() => import('./runs/import/Import.svelte')),
  '/reviews': page(() => import('./reviews/Agenda.svelte')),
  '/reviews/month': page(() => import('./reviews/Month.svelte')),
  '/reviews/schedules': page(() => import('./reviews/Schedules.svelte')),
  '/reviews/actions': page(() => import('./reviews/Actions.svelte')),
  '/reviews/records': page(() => import('./reviews/Records.svelte')),
  '/reviews/hold/:schedule': page(() => import('./reviews/Hold.svelte')),
  '/reviews/held/:ref': page(() => import('./reviews/Held.svelte')),
  '/standards/:tab?': page(() => import('./standards/Standards.svelte')),
  '/certificates': page(() => import('./certificates/List.svelte')),
  '/certificates/issue/:workflow': page(() => import('./certificates/Issue.svelte')),
  '/certificates/:number': page(() => import('./certificates/Detail.svelte')),
  '/verify': page(() => import('./verify/Verify.svelte')),
  '/guide/:page?': page(() => import('./guide/Guide.svelte')),
  '/activity': page(() => import('./activity/Activity.svelte')),
  '/handover/:tab?': page(() => import('./handover/Handover.svelte')),
  '/receive': page(() => import('./handover/Receive.svelte')),
  '/settings/:tab?': page(() => import('./settings/Settings.svelte')),
  '*': page(() => import('./shell/NotFound.svelte')),
};
