// The page's only way to the program. Everything that it can ask is listed
// here, typed by the generated bindings; whatever goes wrong arrives as a Fault.
import { parseFault, type Fault } from './fault';
import { t } from './text';
import type {
  assurance,
  bind,
  evidence,
  handover,
  imported,
  letter,
  organisation,
  policy,
  review,
  risk,
  run,
  runlog,
  service,
  standard,
  verify,
  workflow,
} from './wailsjs/go/models';
import * as runtime from './wailsjs/runtime/runtime';

export type Session = bind.Session;
export type Recent = bind.Recent;
export type Found = service.Found;
export type Activity = service.Activity;
export type AreaScore = assurance.AreaScore;
export type Requirement = assurance.Result;
export type FindingCount = assurance.FindingCount;
export type AssessmentView = service.AssessmentView;
export type Cell = risk.Cell;
export type Due = service.Due;
export type Gate = workflow.Gate;
export type Workflow = workflow.Workflow;
export type WorkflowRow = service.WorkflowRow;
export type Todo = service.Todo;
export type TodoGroup = service.TodoGroup;
export type TodoItem = service.TodoItem;
export type FirstStep = service.FirstStep;
export type Standing = service.Standing;
export type WorkflowView = service.WorkflowView;
export type Person = organisation.Person;
export type Organisation = organisation.Organisation;
export type Policy = policy.Policy;
export type PolicyVersion = policy.Version;
export type PolicyView = service.PolicyView;
export type Risk = risk.Risk;
export type RiskRow = service.RiskRow;
export type Assessment = risk.Assessment;
export type Answer = risk.Answer;
export type Question = risk.Question;
export type TrendPoint = risk.TrendPoint;
export type Guide = service.Guide;
export type CatalogueEntry = risk.CatalogueEntry;
export type Action = review.Action;
export type Review = review.Review;
export type Schedule = review.Schedule;
export type ReviewRecord = review.Record;
export type Improvement = service.Improvement;
export type FormatChoice = bind.FormatChoice;
export type ImportRequest = service.ImportRequest;
export type Imported = service.Imported;
export type Coverage = service.Coverage;
export type PurgeDue = service.PurgeDue;
export type SourceView = service.SourceView;
export type RunRecord = run.Record;
export type Mapping = runlog.Mapping;
export type Survey = runlog.Survey;
export type Guess = runlog.Guess;
export type Looked = service.Looked;
export type Trial = service.Trial;
export type CertificateView = service.CertificateView;
export type CertificateDetail = service.CertificateDetail;
export type Packed = service.Packed;
export type PackView = service.PackView;
export type FolderFile = service.FolderFile;
export type SoAImport = service.SoAImport;
export type TodoChoice = service.TodoChoice;
export type Verified = verify.Verified;
export type Finding = bind.Finding;
export type WholeRun = bind.WholeRun;
export type Letter = letter.Letter;
export type Sampled = service.Sampled;
export type SampleRow = service.SampleRow;
export type SampleRequest = service.SampleRequest;
export type SearchHit = service.SearchHit;
export type FindingQuery = service.FindingQuery;
export type RunRow = imported.Run;
export type Named = service.Named;
export type StandardsView = service.StandardsView;
export type SoARow = standard.SoARow;
export type DeclarationTrial = service.DeclarationTrial;
export type Evidence = evidence.Evidence;
export type CheckReport = service.CheckReport;
export type Backup = service.Backup;
export type KeyView = service.KeyView;
export type HandedOver = service.HandedOver;
export type MergePlan = service.MergePlan;
export type MergeItem = handover.Item;
export type Merged = service.Merged;

/** How far a job has come; total is 0 where that is not known. */
export interface JobProgress {
  job: string;
  done: number;
  total: number;
  note: string;
  /** Of done in a second, and seconds until the end; 0 where it is too early to say. */
  rate: number;
  left: number;
}

/** What was thrown, as a fault. */
export const asFault = (reason: unknown): Fault => parseFault(reason, t.ui.wrong);

type Bound = Record<string, (...args: unknown[]) => Promise<unknown>>;
/** What the window system puts into the page: the bound methods by room. */
declare const window: { go: { bind: Record<string, Bound> } };

/** The methods of a room, typed by its generated bindings, failing with faults. */
const room = <T extends object>(name: string): T =>
  new Proxy({} as T, {
    get:
      (_, method: string) =>
      async (...args: unknown[]) => {
        try {
          const bound = window.go.bind[name] as Bound;
          return await (bound[method] as Bound[string])(...args);
        } catch (reason) {
          throw asFault(reason);
        }
      },
  });

export const Activities = room<typeof import('./wailsjs/go/bind/Activities')>('Activities');
export const Certificates = room<typeof import('./wailsjs/go/bind/Certificates')>('Certificates');
export const Drafts = room<typeof import('./wailsjs/go/bind/Drafts')>('Drafts');
export const Findings = room<typeof import('./wailsjs/go/bind/Findings')>('Findings');
export const Handovers = room<typeof import('./wailsjs/go/bind/Handover')>('Handover');
const Jobs = room<typeof import('./wailsjs/go/bind/Jobs')>('Jobs');
export const Lists = room<typeof import('./wailsjs/go/bind/Lists')>('Lists');
export const Overviews = room<typeof import('./wailsjs/go/bind/Overview')>('Overview');
export const Policies = room<typeof import('./wailsjs/go/bind/Policies')>('Policies');
export const Registers = room<typeof import('./wailsjs/go/bind/Register')>('Register');
export const Reviews = room<typeof import('./wailsjs/go/bind/Reviews')>('Reviews');
export const Risks = room<typeof import('./wailsjs/go/bind/Risks')>('Risks');
export const Runs = room<typeof import('./wailsjs/go/bind/Runs')>('Runs');
export const Samples = room<typeof import('./wailsjs/go/bind/Samples')>('Samples');
export const Settings = room<typeof import('./wailsjs/go/bind/Settings')>('Settings');
export const Standards = room<typeof import('./wailsjs/go/bind/Standards')>('Standards');
export const Verify = room<typeof import('./wailsjs/go/bind/Verify')>('Verify');
export const Workflows = room<typeof import('./wailsjs/go/bind/Workflows')>('Workflows');

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

/** The register was locked (nobody was at it, or the computer slept): its token. */
export function onLocked(callback: (file: string) => void): () => void {
  return runtime.EventsOn('locked', callback);
}

/** Something in the background went wrong that the person should know: a sentence. */
export function onWarning(callback: (sentence: string) => void): () => void {
  return runtime.EventsOn('warning', callback);
}

/** Files dropped on the window, by their tokens, and the place on the page in CSS pixels. */
export interface Dropped {
  files: string[];
  x: number;
  y: number;
}

/** Listens for files dropped on the window; gives the way to stop listening. */
export function onFileDrop(callback: (drop: Dropped) => void): () => void {
  runtime.OnFileDrop(() => undefined, false); // has the window take drops; the program says which files
  const off = runtime.EventsOn('dropped', callback);
  return () => {
    off();
    runtime.OnFileDropOff();
  };
}

/** More runs can be found by their texts than a moment ago. */
export function onSearchable(callback: () => void): () => void {
  return runtime.EventsOn('search', callback);
}
