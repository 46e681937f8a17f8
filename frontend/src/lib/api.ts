// The page's only way to the program. Everything that it can ask is listed
// here, typed by the generated bindings; whatever goes wrong arrives as a Fault.
import { parseFault, type Fault } from './fault';
import { t } from './text';
import * as ActivitiesBinding from './wailsjs/go/bind/Activities';
import * as CertificatesBinding from './wailsjs/go/bind/Certificates';
import * as DraftsBinding from './wailsjs/go/bind/Drafts';
import * as FindingsBinding from './wailsjs/go/bind/Findings';
import * as HandoverBinding from './wailsjs/go/bind/Handover';
import * as JobsBinding from './wailsjs/go/bind/Jobs';
import * as OverviewBinding from './wailsjs/go/bind/Overview';
import * as PoliciesBinding from './wailsjs/go/bind/Policies';
import * as RegisterBinding from './wailsjs/go/bind/Register';
import * as ReviewsBinding from './wailsjs/go/bind/Reviews';
import * as RisksBinding from './wailsjs/go/bind/Risks';
import * as RunsBinding from './wailsjs/go/bind/Runs';
import * as SamplesBinding from './wailsjs/go/bind/Samples';
import * as SettingsBinding from './wailsjs/go/bind/Settings';
import * as StandardsBinding from './wailsjs/go/bind/Standards';
import * as VerifyBinding from './wailsjs/go/bind/Verify';
import * as WorkflowsBinding from './wailsjs/go/bind/Workflows';
import type {
  assurance,
  bind,
  evidence,
  importer,
  organisation,
  policy,
  review,
  risk,
  run,
  runs,
  service,
  standard,
  workflow,
} from './wailsjs/go/models';
import * as runtime from './wailsjs/runtime/runtime';

export type Session = bind.Session;
export type NewFile = bind.NewFile;
export type Recent = bind.Recent;
export type Activity = service.Activity;
export type AreaScore = assurance.AreaScore;
export type Requirement = assurance.Result;
export type GateMeasure = assurance.GateMeasure;
export type FindingCount = assurance.FindingCount;
export type AssessmentView = service.AssessmentView;
export type Cell = risk.Cell;
export type Due = service.Due;
export type Gate = workflow.Gate;
export type Workflow = workflow.Workflow;
export type WorkflowRow = service.WorkflowRow;
export type WorkflowView = service.WorkflowView;
export type Person = organisation.Person;
export type Organisation = organisation.Organisation;
export type Policy = policy.Policy;
export type PolicyVersion = policy.Version;
export type PolicyView = service.PolicyView;
export type PolicyStep = service.PolicyStep;
export type Risk = risk.Risk;
export type RiskRow = service.RiskRow;
export type Assessment = risk.Assessment;
export type Answer = risk.Answer;
export type Question = risk.Question;
export type TrendPoint = risk.TrendPoint;
export type Guide = service.Guide;
export type WorkflowTemplate = workflow.Template;
export type CatalogueEntry = risk.CatalogueEntry;
export type Acceptance = risk.Acceptance;
export type Action = review.Action;
export type Review = review.Review;
export type Schedule = review.Schedule;
export type ReviewRecord = review.Record;
export type Improvement = service.Improvement;
export type ImportRequest = service.ImportRequest;
export type Preview = service.Preview;
export type Imported = service.Imported;
export type Coverage = service.Coverage;
export type PurgeDue = service.PurgeDue;
export type SourceView = service.SourceView;
export type RunRecord = run.Record;
export type Mapping = importer.Mapping;
export type Survey = importer.Survey;
export type Guess = importer.Guess;
export type Looked = service.Looked;
export type Trial = service.Trial;
export type CertificateView = service.CertificateView;
export type CertificateDetail = service.CertificateDetail;
export type Packed = service.Packed;
export type Verified = service.Verified;
export type Finding = bind.Finding;
export type WholeRun = bind.WholeRun;
export type Letter = service.Letter;
export type Sampled = service.Sampled;
export type SampleRow = service.SampleRow;
export type SampleRequest = service.SampleRequest;
export type SearchHit = service.SearchHit;
export type FindingQuery = service.FindingQuery;
export type RunRow = runs.Run;
export type Named = service.Named;
export type StandardsView = service.StandardsView;
export type SoARow = standard.SoARow;
export type Evidence = evidence.Evidence;
export type CheckReport = service.CheckReport;
export type Backup = service.Backup;
export type IssuePlan = service.IssuePlan;
export type IssueRequest = service.IssueRequest;
export type KeyView = service.KeyView;
export type HandedOver = service.HandedOver;
export type MergePlan = service.MergePlan;
export type MergeItem = service.MergeItem;
export type Merged = service.Merged;

/** How far a job has come; total is 0 where that is not known. */
export interface JobProgress {
  job: string;
  done: number;
  total: number;
  note: string;
}

/** What was thrown, as a fault. */
export const asFault = (reason: unknown): Fault => parseFault(reason, t.ui.wrong);

/** The same functions, failing with faults. */
function faulty<T extends object>(binding: T): T {
  return new Proxy(binding, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        try {
          return await (value as (...args: unknown[]) => Promise<unknown>)(...args);
        } catch (reason) {
          throw asFault(reason);
        }
      };
    },
  });
}

export const Activities = faulty({ ...ActivitiesBinding });
export const Certificates = faulty({ ...CertificatesBinding });
export const Drafts = faulty({ ...DraftsBinding });
export const Findings = faulty({ ...FindingsBinding });
export const Handovers = faulty({ ...HandoverBinding });
export const Jobs = faulty({ ...JobsBinding });
export const Overviews = faulty({ ...OverviewBinding });
export const Policies = faulty({ ...PoliciesBinding });
export const Registers = faulty({ ...RegisterBinding });
export const Reviews = faulty({ ...ReviewsBinding });
export const Risks = faulty({ ...RisksBinding });
export const Runs = faulty({ ...RunsBinding });
export const Samples = faulty({ ...SamplesBinding });
export const Settings = faulty({ ...SettingsBinding });
export const Standards = faulty({ ...StandardsBinding });
export const Verify = faulty({ ...VerifyBinding });
export const Workflows = faulty({ ...WorkflowsBinding });

let lastJob = 0;

/** A long piece of work: follow it, wait for it, stop it. */
export interface Job<T> {
  result: Promise<T>;
  cancel(): void;
}

/**
 * Starts a bound method that takes a job's name, and tells how far it has come.
 * Stopping it makes `result` fail with the code "cancelled".
 */
export function job<T>(start: (name: string) => Promise<T>, onprogress: (p: JobProgress) => void): Job<T> {
  const name = `job-${++lastJob}-${Date.now()}`;
  const off = runtime.EventsOn('job', (p: JobProgress) => {
    if (p.job === name) onprogress(p);
  });
  return {
    result: start(name).finally(off),
    cancel: () => void Jobs.Cancel(name),
  };
}

/** The register was locked (nobody was at it, or the computer slept): its path. */
export function onLocked(callback: (path: string) => void): () => void {
  return runtime.EventsOn('locked', callback);
}

/** Something in the background went wrong that the person should know: a sentence. */
export function onWarning(callback: (sentence: string) => void): () => void {
  return runtime.EventsOn('warning', callback);
}

/**
 * Paths of files dropped on the window, with the place on the page in CSS
 * pixels; gives the way to stop listening.
 */
export function onFileDrop(callback: (paths: string[], x: number, y: number) => void): () => void {
  runtime.OnFileDrop((x, y, paths) => callback(paths, x, y), false);
  return () => runtime.OnFileDropOff();
}

/** More runs can be found by their texts than a moment ago. */
export function onSearchable(callback: () => void): () => void {
  return runtime.EventsOn('search', callback);
}
