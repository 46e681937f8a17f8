// Which page stands at which address. The program is one file on this computer,
// so pages are not loaded one by one: a click must show its page at once.
import type { RouteDefinition } from 'svelte-spa-router';
import Activity from './activity/Activity.svelte';
import CertificateDetail from './certificates/Detail.svelte';
import CertificateIssue from './certificates/Issue.svelte';
import CertificateList from './certificates/List.svelte';
import Overview from './overview/Overview.svelte';
import PolicyDetail from './policies/Detail.svelte';
import PolicyForm from './policies/Form.svelte';
import PolicyList from './policies/List.svelte';
import Actions from './reviews/Actions.svelte';
import Agenda from './reviews/Agenda.svelte';
import Held from './reviews/Held.svelte';
import Hold from './reviews/Hold.svelte';
import Month from './reviews/Month.svelte';
import Records from './reviews/Records.svelte';
import Schedules from './reviews/Schedules.svelte';
import Assessment from './risks/Assessment.svelte';
import RiskList from './risks/List.svelte';
import Findings from './runs/Findings.svelte';
import Import from './runs/Import.svelte';
import Imports from './runs/Imports.svelte';
import Monitor from './runs/Monitor.svelte';
import RunList from './runs/List.svelte';
import Run from './runs/Run.svelte';
import Source from './runs/Source.svelte';
import Settings from './settings/Settings.svelte';
import NotFound from './shell/NotFound.svelte';
import Standards from './standards/Standards.svelte';
import New from './start/New.svelte';
import Start from './start/Start.svelte';
import Verify from './verify/Verify.svelte';
import AccountForm from './workflows/AccountForm.svelte';
import WorkflowPage from './workflows/Detail.svelte';
import WorkflowForm from './workflows/Form.svelte';
import GateForm from './workflows/GateForm.svelte';
import WorkflowList from './workflows/List.svelte';

/** While no register is open. */
export const startRoutes: RouteDefinition = {
  '/': Start,
  '/new': New,
  '/verify': Verify,
  '*': Start,
};

/** With a register open. */
export const openRoutes: RouteDefinition = {
  '/': Overview,
  '/new': New,
  '/workflows': WorkflowList,
  '/workflows/new': WorkflowForm,
  '/workflows/:ref/edit': WorkflowForm,
  '/workflows/:ref/account': AccountForm,
  '/workflows/:ref/gates/:key': GateForm,
  '/workflows/:ref/:tab?': WorkflowPage,
  '/policies': PolicyList,
  '/policies/new': PolicyForm,
  '/policies/:ref/edit': PolicyForm,
  '/policies/:ref': PolicyDetail,
  '/risks': RiskList,
  '/risks/:ref': Assessment,
  '/runs': Findings,
  '/runs/findings': Findings,
  '/runs/monitor': Monitor,
  '/runs/list': RunList,
  '/runs/run/:workflow/:id': Run,
  '/runs/imports': Imports,
  '/runs/imports/:ref': Source,
  '/runs/import': Import,
  '/reviews': Agenda,
  '/reviews/month': Month,
  '/reviews/schedules': Schedules,
  '/reviews/actions': Actions,
  '/reviews/records': Records,
  '/reviews/hold/:schedule': Hold,
  '/reviews/held/:ref': Held,
  '/standards/:tab?': Standards,
  '/certificates': CertificateList,
  '/certificates/issue/:workflow': CertificateIssue,
  '/certificates/:number': CertificateDetail,
  '/verify': Verify,
  '/activity': Activity,
  '/settings/:tab?': Settings,
  '*': NotFound,
};
