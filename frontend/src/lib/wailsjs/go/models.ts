export namespace approval {
	
	export interface Who {
	    id: string;
	    name: string;
	}
	export interface Approval {
	    what: string;
	    digest: string;
	    approver: Who;
	    recorder: Who;
	    // Go type: time
	    at: any;
	    key?: string;
	    signature?: number[];
	}

}

export namespace assurance {
	
	export interface Counts {
	    of: number;
	    tested: number;
	    short: number;
	    settled: number;
	}
	export interface Result {
	    code: string;
	    title: string;
	    area: string;
	    clauses: string[];
	    blocking: boolean;
	    status: string;
	    counts: Counts;
	    reason: string;
	    remedy: string;
	    task: string;
	    good: string;
	    subjects: string[];
	    remedy_area: string;
	}
	export interface AreaScore {
	    area: string;
	    title: string;
	    met: number;
	    applicable: number;
	    percent: number;
	    results: Result[];
	}
	
	export interface DeclarationChange {
	    from: string;
	    // Go type: time
	    made_at: any;
	    by: string;
	    why: string;
	    approval: approval.Approval;
	    changed: string[];
	    runs: number;
	    after_runs: number;
	    tried: number;
	    effect: workflow.Effect[];
	}
	export interface Explanation {
	    findings: number;
	    standing: string;
	    class: string;
	    why: string;
	    link: string;
	    officer: string;
	    by: string;
	    on: string;
	    until: string;
	    approved: string;
	    signed: boolean;
	}
	export interface FindingCount {
	    code: string;
	    title: string;
	    question: boolean;
	    of: number;
	    tested: number;
	    open: number;
	    alone: number;
	    actioned: number;
	    explained: number;
	    accepted: number;
	    done: number;
	    said: Explanation[];
	    untested: string;
	}
	export interface PatternMeasure {
	    pattern: string;
	    terms: string;
	    runs: number;
	    due: number;
	    unknown: number;
	    looked: number;
	    late: number;
	    open: number;
	    waiting: number;
	    changed: number;
	}
	export interface GateMeasure {
	    key: string;
	    title: string;
	    released: number;
	    decided: number;
	    by_officer: number;
	    held_before: number;
	    against: number;
	    decided_first: number;
	    timed: number;
	    median_seconds: number;
	    under_minimum: number;
	    agreed: number;
	    comparable: number;
	    edited: number;
	    pattern: PatternMeasure;
	}
	export interface Month {
	    month: string;
	    runs: number;
	}
	export interface OrganisationScore {
	    workflows: number;
	    percent: number;
	    lowest: number;
	    lowest_ref: string;
	}
	
	export interface Step {
	    code: string;
	    area: string;
	    blocking: boolean;
	    task: string;
	    text: string;
	    where: string;
	}
	export interface Report {
	    workflow_id: string;
	    ref: string;
	    name: string;
	    // Go type: time
	    at: any;
	    areas: AreaScore[];
	    met: number;
	    applicable: number;
	    percent: number;
	    blocking: Result[];
	    next: Step[];
	}
	
	export interface ReviewInput {
	    what: string;
	    text: string;
	}
	export interface RunFacts {
	    total: number;
	    with_reasoning: number;
	    // Go type: time
	    from: any;
	    // Go type: time
	    to: any;
	    months: Month[];
	    days: number;
	    days_idle: number;
	    accounts: number;
	}
	export interface Source {
	    ref: string;
	    file_name: string;
	    format: string;
	    sha256: string;
	    bytes: number;
	    runs: number;
	    refused: number;
	    repeated: number;
	    replaced: number;
	    filtered: number;
	    unmatched: number;
	    records: number;
	    stated: number;
	    // Go type: time
	    from: any;
	    // Go type: time
	    to: any;
	    // Go type: time
	    imported: any;
	    purged: string;
	}
	
	export interface Twin {
	    ref: string;
	    name: string;
	    because: string;
	    runs: number;
	    open: number;
	}

}

export namespace bind {
	
	export interface BasisLists {
	    bases: standard.Basis[];
	    conditions: standard.Basis[];
	}
	export interface Session {
	    open: boolean;
	    file: string;
	    path: string;
	    file_name: string;
	    organisation: string;
	    sample: boolean;
	    person?: organisation.Person;
	    people: organisation.Person[];
	    version: string;
	    now: string;
	    waiting: string;
	}
	export interface Created {
	    session: Session;
	    recovery: string;
	}
	export interface Decided {
	    findings: number;
	    id: string;
	}
	export interface Decision {
	    query: service.FindingQuery;
	    ids: string[];
	    decide: string;
	    why: string;
	    expires: string;
	    action?: review.Action;
	    person: string;
	    class: string;
	    link: string;
	    officer: string;
	    approver_passphrase: string;
	}
	export interface Finding {
	    id: string;
	    code: string;
	    gate: string;
	    subject: string;
	    severity: string;
	    question: boolean;
	    detail: string;
	    thresholds: string;
	    runs: oversight.RunRef[];
	    day: string;
	    source_ref: string;
	    status: string;
	    disposition?: imported.Disposition;
	    approved: string;
	    declared_from: string;
	    replaced: boolean;
	}
	export interface FindingPage {
	    items: Finding[];
	    next: string;
	}
	export interface FormatChoice {
	    name: string;
	    title: string;
	    table: boolean;
	    save: boolean;
	    use: string;
	}
	export interface HandoverKey {
	    path: string;
	    public: string;
	}
	export interface LetterKept {
	    document: string;
	    path: string;
	}
	export interface List {
	    name: string;
	    format: string;
	    columns: string[];
	    rows: string[][];
	}
	export interface MappingFile {
	    path: string;
	    mapping?: runlog.Mapping;
	}
	export interface NewFile {
	    organisation: string;
	    person: string;
	    job_title: string;
	    path: string;
	    passphrase: string;
	}
	export interface Received {
	    file: string;
	    key: string;
	    person: string;
	    path: string;
	    passphrase: string;
	}
	export interface Recent {
	    file: string;
	    path: string;
	    organisation: string;
	    sample: boolean;
	    opened: string;
	    missing: boolean;
	}
	export interface RunPage {
	    items: imported.Run[];
	    next: string;
	}
	
	export interface WholeRun {
	    record?: run.Record;
	    digest: string;
	    source: imported.Source;
	    findings: Finding[];
	}

}

export namespace certificate {
	
	export interface Area {
	    area: string;
	    title: string;
	    met: number;
	    applicable: number;
	    percent: number;
	}
	export interface Assessment {
	    ref: string;
	    approved_on: string;
	    approved_by: string;
	    risks: number;
	    highest_score: number;
	    above_appetite: number;
	    appetite: number;
	}
	export interface Attempt {
	    // Go type: time
	    at: any;
	    by: string;
	    dry: boolean;
	    reasons: string[];
	}
	export interface Break {
	    kind: string;
	    on: string;
	    by: string;
	    why: string;
	    lost: number;
	    words: string;
	}
	export interface Condition {
	    requirement: string;
	    text: string;
	    owner_id: string;
	    owner: string;
	    due: string;
	}
	export interface Counts {
	    of: number;
	    tested: number;
	    short: number;
	    settled: number;
	}
	export interface Declaration {
	    from: string;
	    made: string;
	    by: string;
	    approved: string;
	    why: string;
	    changed: string[];
	    runs: number;
	    after_runs: number;
	    tried: number;
	    gone: number;
	    added: number;
	    words: string;
	}
	export interface Document {
	    ref: string;
	    title: string;
	    file_name: string;
	    sha256: string;
	}
	export interface Earlier {
	    number: string;
	    revoked: string;
	    by: string;
	    why: string;
	}
	export interface Month {
	    month: string;
	    runs: number;
	}
	export interface Evidence {
	    from: string;
	    to: string;
	    months: Month[];
	    days: number;
	    days_idle: number;
	    released: number;
	    decided_first: number;
	    accounts: number;
	}
	export interface Explanation {
	    findings: number;
	    standing: string;
	    class: string;
	    why: string;
	    link: string;
	    officer: string;
	    by: string;
	    on: string;
	    until: string;
	    approved: string;
	    signed: boolean;
	}
	export interface Finding {
	    code: string;
	    title: string;
	    question: boolean;
	    of: number;
	    tested: number;
	    open: number;
	    alone: number;
	    actioned: number;
	    explained: number;
	    accepted: number;
	    done: number;
	    said: Explanation[];
	    untested: string;
	}
	export interface Officer {
	    account: string;
	    name: string;
	    kind: string;
	}
	export interface Gate {
	    key: string;
	    title: string;
	    decides: string;
	    role: string;
	    named: number;
	    four_eyes: boolean;
	    enforcement: string;
	    min_review_seconds: number;
	    max_streak: number;
	    max_agreement_percent: number;
	    released: number;
	    decided: number;
	    by_officer: number;
	    timed: number;
	    median_seconds: number;
	    under_minimum: number;
	    agreed: number;
	    comparable: number;
	    edited: number;
	    officers: Officer[];
	    decided_first: number;
	}
	export interface Head {
	    size: number;
	    root: string;
	}
	export interface LeftOut {
	    refused: number;
	    filtered: number;
	    filtered_runs: number;
	    filters: string[];
	    unmatched: number;
	    repeated: number;
	    replaced: number;
	    purged: number;
	    stated: number;
	    read: number;
	    missing?: number;
	}
	
	
	export interface Organisation {
	    id: string;
	    name: string;
	    short_name: string;
	    contact: string;
	}
	export interface Pattern {
	    gate: string;
	    title: string;
	    pattern: string;
	    terms: string;
	    runs: number;
	    due: number;
	    unknown: number;
	    looked: number;
	    late: number;
	    open: number;
	    waiting: number;
	    changed: number;
	}
	export interface Policy {
	    ref: string;
	    title: string;
	    version: string;
	    approved_on: string;
	    approved_by: string;
	}
	export interface Remark {
	    name: string;
	    lead: string;
	    text: string;
	}
	export interface Requirement {
	    code: string;
	    area: string;
	    title: string;
	    blocking: boolean;
	    status: string;
	    counts: Counts;
	    reason: string;
	    task: string;
	    subjects: string[];
	}
	export interface Signature {
	    role: string;
	    person_id: string;
	    name: string;
	    job_title: string;
	    key: string;
	    key_made: string;
	    key_made_by?: string;
	    key_name?: string;
	}
	export interface Source {
	    ref: string;
	    file_name: string;
	    format: string;
	    sha256: string;
	    bytes: number;
	    runs: number;
	    refused: number;
	    // Go type: time
	    from: any;
	    // Go type: time
	    to: any;
	    purged: string;
	    mapping_sha256: string;
	    read_as: string[];
	    contrary: string[];
	}
	export interface Twin {
	    ref: string;
	    runs: number;
	    open: number;
	    words: string;
	}
	export interface Workflow {
	    id: string;
	    ref: string;
	    name: string;
	    service: string;
	    version: string;
	    supplier: string;
	    platform: string;
	    lifecycle: string;
	    owner: string;
	    owner_role: string;
	    purpose: string;
	    decisions: string;
	    how_it_works: string;
	    limits: string;
	    challenge_tool: string;
	    challenge: string;
	    data_used: string;
	    significant: boolean;
	}
	export interface Statement {
	    format: string;
	    number: string;
	    sample: boolean;
	    organisation: Organisation;
	    workflow: Workflow;
	    verdict: string;
	    conditions: Condition[];
	    percent: number;
	    areas: Area[];
	    requirements: Requirement[];
	    policies: Policy[];
	    risk_assessment: Assessment;
	    evidence: Evidence;
	    gates: Gate[];
	    patterns?: Pattern[];
	    sources: Source[];
	    left_out: LeftOut;
	    findings: Finding[];
	    declarations: Declaration[];
	    twins: Twin[];
	    breaks?: Break[];
	    remarks?: Remark[];
	    documents: Document[];
	    runs: number;
	    attempts: Attempt[];
	    // Go type: time
	    issued: any;
	    valid_until: string;
	    signatures: Signature[];
	    root: string;
	    root_name?: string;
	    supersedes: string;
	    superseded: string[];
	    withdrawn?: Earlier[];
	    log: Head;
	}
	

}

export namespace diff {
	
	export interface Field {
	    field: string;
	    item: string;
	    whole: string;
	    before: string;
	    after: string;
	}

}

export namespace evidence {
	
	export interface Evidence {
	    id: string;
	    ref: string;
	    key: string;
	    title: string;
	    kind: string;
	    file_name: string;
	    mime: string;
	    bytes: number;
	    sha256: string;
	    effective_from: string;
	    effective_to: string;
	    collected_at: string;
	    // Go type: time
	    imported_at: any;
	    expires_at: string;
	    status: string;
	    owner_id: string;
	    links: review.Subject[];
	    redacted: boolean;
	    redact_reason: string;
	    note: string;
	    sample: boolean;
	}

}

export namespace fault {
	
	export interface Field {
	    name: string;
	    message: string;
	}

}

export namespace handover {
	
	export interface Decision {
	    record: string;
	    take: string;
	    why: string;
	}
	export interface ItemField {
	    field: string;
	    base: string;
	    here: string;
	    theirs: string;
	    both: boolean;
	}
	export interface Item {
	    table: string;
	    key: string;
	    ref: string;
	    name: string;
	    fate: string;
	    deleted: boolean;
	    gone: boolean;
	    new: boolean;
	    fields: ItemField[];
	}

}

export namespace imported {
	
	export interface Choices {
	    first: string;
	    last: string;
	    outcomes: string[];
	    segments: string[];
	}
	export interface Disposition {
	    id: string;
	    workflow_id: string;
	    status: string;
	    why: string;
	    by: string;
	    // Go type: time
	    at: any;
	    expires?: string;
	    action_id?: string;
	    basis: review.Basis;
	    findings: number;
	    digest: string;
	}
	export interface FindingPoint {
	    day: string;
	    code: string;
	    gate: string;
	    findings: number;
	}
	export interface Fragment {
	    text: string;
	    hit: boolean;
	}
	export interface GatePoint {
	    when: string;
	    runs: number;
	    reached: number;
	    decided: number;
	    released: number;
	    missing: number;
	    short: number;
	    agreement: oversight.Rate;
	    edits: oversight.Rate;
	    review: oversight.Quantiles;
	}
	export interface Passage {
	    place: string;
	    item: number;
	    gate: string;
	    hits: number;
	    snippet: Fragment[];
	}
	export interface Hit {
	    n: number;
	    run_id: string;
	    workflow_id: string;
	    // Go type: time
	    at: any;
	    outcome: string;
	    source: string;
	    line: number;
	    passages: Passage[];
	}
	
	export interface Period {
	    from: string;
	    to: string;
	}
	export interface Purge {
	    // Go type: time
	    at: any;
	    by: string;
	    reason: string;
	    runs: number;
	    decisions: number;
	}
	export interface Refused {
	    place: string;
	    reason: string;
	    record: string;
	}
	export interface Run {
	    n: number;
	    run_id: string;
	    // Go type: time
	    at: any;
	    // Go type: time
	    ended: any;
	    outcome: string;
	    segment: string;
	    source: string;
	    line: number;
	    findings: string[];
	}
	export interface SearchState {
	    indexed: number;
	    runs: number;
	}
	export interface Source {
	    id: string;
	    ref: string;
	    workflow_id: string;
	    file_name: string;
	    sha256: string;
	    bytes: number;
	    format: string;
	    mapping: string;
	    state: string;
	    records: number;
	    runs_new: number;
	    runs_same: number;
	    runs_differ: number;
	    refused: number;
	    events: number;
	    decisions: number;
	    outputs: number;
	    // Go type: time
	    first: any;
	    // Go type: time
	    last: any;
	    stated?: number;
	    root: string;
	    // Go type: time
	    imported_at: any;
	    imported_by: string;
	}
	export interface Treatment {
	    field: string;
	    what: string;
	    values: number;
	}
	export interface Volume {
	    workflow_id: string;
	    day: string;
	    outcome: string;
	    runs: number;
	}

}

export namespace ledger {
	
	export interface Change {
	    table: string;
	    key: string;
	    op: string;
	    digest?: string;
	}

}

export namespace letter {
	
	export interface EditedPart {
	    heading: string;
	    body: string;
	}
	export interface Edit {
	    workflow: string;
	    run: string;
	    greeting: string;
	    parts: EditedPart[];
	    close: string;
	    checked: boolean;
	}
	
	export interface Question {
	    article: string;
	    question: string;
	    recorded: string;
	}
	export interface Part {
	    heading: string;
	    text: string[];
	    items: string[];
	}
	export interface Letter {
	    organisation: string;
	    workflow: string;
	    run: string;
	    date: string;
	    sample: boolean;
	    parts: Part[];
	    notes: string[];
	    questions: Question[];
	    greeting: string;
	    close: string;
	}
	

}

export namespace net {
	
	export interface IPNet {
	    IP: number[];
	    Mask: number[];
	}

}

export namespace organisation {
	
	export interface GateDefaults {
	    min_review_seconds: number;
	    max_streak: number;
	    max_agreement: number;
	}
	export interface Organisation {
	    id: string;
	    name: string;
	    short_name: string;
	    kind: string;
	    region: string;
	    contact: string;
	    website: string;
	    sample: boolean;
	    scope: string;
	    appetite_threshold: number;
	    evidence_months: number;
	    certificate_months: number;
	    timestamp_authority: string;
	    gate_defaults: GateDefaults;
	}
	export interface Person {
	    id: string;
	    ref: string;
	    key: string;
	    name: string;
	    email: string;
	    job_title: string;
	    duties: string[];
	    senior: boolean;
	    accounts: string[];
	    active: boolean;
	    sample: boolean;
	}
	export interface Rule {
	    action: string;
	    title: string;
	    duties: string[];
	}

}

export namespace oversight {
	
	export interface Association {
	    method: string;
	    statistic: number;
	    df: number;
	    p: number;
	    p_adjusted: number;
	    cramers_v: number;
	    n: number;
	}
	export interface ClaimCount {
	    of: number;
	    shown: number;
	    short: number;
	}
	export interface Control {
	    id: string;
	    tests: string[];
	    level: string;
	    testable: number;
	    held: number;
	    not_held: number;
	    not_shown: number;
	    findings: number;
	    reason: string;
	}
	export interface Coverage {
	    gate: string;
	    claim: string;
	    tests: string[];
	    level: string;
	    unit: string;
	    of: number;
	    testable: number;
	    held: number;
	    not_held: number;
	    not_shown: number;
	    reason: string;
	}
	export interface DriftTest {
	    from: string;
	    to: string;
	    test: Association;
	    pooled: number;
	    changed: boolean;
	}
	export interface FrameImport {
	    source: string;
	    runs: number;
	    root: string;
	}
	export interface Frame {
	    method: string;
	    sha256: string;
	    runs: number;
	    imports: FrameImport[];
	}
	
	export interface PatternMeasures {
	    pattern: string;
	    terms: string;
	    runs: number;
	    due: number;
	    unknown: number;
	    looked: number;
	    late: number;
	    open: number;
	    changed: number;
	    waiting: number;
	}
	export interface OfficerMeasures {
	    account: string;
	    decisions: number;
	    agreement: Rate;
	    edits: Rate;
	    review: Quantiles;
	    streak: number;
	}
	export interface Quantiles {
	    n: number;
	    p10: number;
	    p50: number;
	    p90: number;
	}
	export interface Rate {
	    x: number;
	    n: number;
	    rate: number;
	    low: number;
	    high: number;
	}
	export interface GateMeasures {
	    gate: string;
	    runs: number;
	    reached: number;
	    prepared: number;
	    decided: number;
	    released: number;
	    missing: number;
	    decisions: number;
	    coverage: Rate;
	    officer: ClaimCount;
	    before: ClaimCount;
	    agreement: Rate;
	    edits: Rate;
	    review: Quantiles;
	    officers: OfficerMeasures[];
	    pattern: PatternMeasures;
	    heeded: ClaimCount;
	    open: number;
	    later: number;
	    elsewhere: number;
	}
	export interface NotRun {
	    code: string;
	    gate?: string;
	    why: string;
	    applies: boolean;
	    part?: boolean;
	}
	
	
	
	
	export interface Ratio {
	    a: Rate;
	    b: Rate;
	    ratio: number;
	    low: number;
	    high: number;
	    adjusted: boolean;
	    p: number;
	    method: string;
	    p_adjusted: number;
	}
	export interface RunRef {
	    source: string;
	    run_id: string;
	    at: run.Position;
	}
	export interface Said {
	    run_id: string;
	    verdict: string;
	    note: string;
	    by: string;
	    // Go type: time
	    at: any;
	    seconds?: number;
	}
	export interface SamplePlan {
	    seed: string;
	    confidence: number;
	    tolerable: number;
	    expected: number;
	}
	export interface SegmentTest {
	    segment: string;
	    reference: string;
	    outcome: string;
	    ratio: Ratio;
	    differs: boolean;
	}
	export interface SignOff {
	    by: string;
	    role: string;
	    with: string;
	    // Go type: time
	    at: any;
	    conclusion: string;
	    read: number;
	    deviations: number;
	    seconds?: number;
	    median_seconds?: number;
	    approval: approval.Approval;
	    upper_limit: number;
	}
	export interface StratumSample {
	    gate: string;
	    outcome: string;
	    number?: number;
	    population: number;
	    runs: RunRef[];
	    numbers?: number[];
	}
	export interface Test {
	    code: string;
	    area: string;
	    title: string;
	    severity: string;
	    question: boolean;
	    per_run: boolean;
	    gate: boolean;
	}
	export interface Version {
	    name: string;
	    runs: number;
	    first: string;
	    last: string;
	}
	export interface Workpaper {
	    plan: SamplePlan;
	    population: number;
	    size: number;
	    drawn: number;
	    strata: StratumSample[];
	    frame?: Frame;
	}

}

export namespace pack {
	
	export interface Problem {
	    name?: string;
	    message: string;
	}

}

export namespace pkix {
	
	export interface AttributeTypeAndValue {
	    Type: number[];
	    Value: any;
	}
	export interface Extension {
	    Id: number[];
	    Critical: boolean;
	    Value: number[];
	}
	export interface Name {
	    Country: string[];
	    Organization: string[];
	    OrganizationalUnit: string[];
	    Locality: string[];
	    Province: string[];
	    StreetAddress: string[];
	    PostalCode: string[];
	    SerialNumber: string;
	    CommonName: string;
	    Names: AttributeTypeAndValue[];
	    ExtraNames: AttributeTypeAndValue[];
	}

}

export namespace policy {
	
	export interface Attestation {
	    person_name: string;
	    role: string;
	    date: string;
	    version: string;
	}
	export interface CheckAnswer {
	    item: string;
	    covered: boolean;
	    where: string;
	}
	export interface ChecklistItem {
	    code: string;
	    title: string;
	    help: string;
	}
	export interface Communication {
	    date: string;
	    audience: string;
	    how: string;
	}
	export interface Link {
	    workflow_id: string;
	    reason: string;
	    linked_on: string;
	}
	export interface Version {
	    number: string;
	    status: string;
	    purpose: string;
	    scope: string;
	    principles: string[];
	    allowed_uses: string[];
	    forbidden_uses: string[];
	    risk_approach: string;
	    oversight: string;
	    transparency: string;
	    review: string;
	    checklist: CheckAnswer[];
	    submitted_by: string;
	    submitted_on: string;
	    approved_by: string;
	    approved_role: string;
	    approved_on: string;
	    approval?: approval.Approval;
	    minute: string;
	    in_force_from: string;
	    ended_on: string;
	    ended_reason: string;
	    supersedes: string;
	    attachments: string[];
	    change_summary: string;
	}
	export interface Policy {
	    id: string;
	    ref: string;
	    key: string;
	    title: string;
	    kind: string;
	    owner_id: string;
	    approval_route: string;
	    review_every_months: number;
	    next_review: string;
	    sample: boolean;
	    versions: Version[];
	    communications: Communication[];
	    attestations: Attestation[];
	    staff_in_scope: number;
	    links: Link[];
	}

}

export namespace review {
	
	export interface Subject {
	    kind: string;
	    ref: string;
	}
	export interface Action {
	    id: string;
	    ref: string;
	    key: string;
	    title: string;
	    source: Subject;
	    workflow_id: string;
	    owner_id: string;
	    raised: string;
	    due: string;
	    status: string;
	    done_on: string;
	    effect: string;
	    sample: boolean;
	}
	export interface Origin {
	    findings: number;
	    digest: string;
	}
	export interface Basis {
	    class?: string;
	    link?: string;
	    officer?: string;
	    approval: approval.Approval;
	    origin: Origin;
	}
	
	export interface Record {
	    id: string;
	    ref: string;
	    key: string;
	    kind: string;
	    date: string;
	    title: string;
	    body: string;
	    cause: string;
	    correction: string;
	    result: string;
	    workflow_id: string;
	    person_id: string;
	    due: string;
	    status: string;
	    closed_on: string;
	    links: Subject[];
	    sample: boolean;
	}
	export interface Review {
	    id: string;
	    ref: string;
	    key: string;
	    schedule_id: string;
	    kind: string;
	    workflow_id: string;
	    policy_id: string;
	    performance: string;
	    risk_changes: string;
	    standards: string;
	    issues: string;
	    conclusion: string;
	    by: string;
	    on: string;
	    actions: string[];
	    evidence: string[];
	    sample: boolean;
	}
	export interface Schedule {
	    id: string;
	    ref: string;
	    key: string;
	    kind: string;
	    workflow_id: string;
	    policy_id: string;
	    owner_id: string;
	    every_months: number;
	    next: string;
	    active: boolean;
	    sample: boolean;
	}

}

export namespace risk {
	
	export interface Acceptance {
	    by: string;
	    on: string;
	    reason: string;
	    expires: string;
	    approval?: approval.Approval;
	}
	export interface Answer {
	    question: string;
	    value: string;
	    note: string;
	    evidence: string[];
	    suggested: boolean;
	}
	export interface Dismissed {
	    catalogue_id: string;
	    reason: string;
	}
	export interface Score {
	    likelihood: number;
	    impact: number;
	}
	export interface Risk {
	    id: string;
	    ref: string;
	    key: string;
	    catalogue_id: string;
	    title: string;
	    cause: string;
	    consequence: string;
	    affected: string[];
	    inherent: Score;
	    current: Score;
	    residual: Score;
	    existing_controls: string[];
	    added_controls: string[];
	    owner_id: string;
	    treatment: string;
	    treatment_due: string;
	    acceptance: Acceptance;
	    status: string;
	}
	export interface Linked {
	    kind: string;
	    reference: string;
	    status: string;
	    date: string;
	    evidence_id: string;
	    note: string;
	}
	export interface Assessment {
	    id: string;
	    ref: string;
	    key: string;
	    workflow_id: string;
	    workflow_version: string;
	    method: string;
	    status: string;
	    lapse_reason: string;
	    sample: boolean;
	    prepared_by: string;
	    prepared_on: string;
	    reviewed_by: string;
	    reviewed_on: string;
	    approved_by: string;
	    approved_on: string;
	    approval?: approval.Approval;
	    review_due: string;
	    linked: Linked[];
	    risks: Risk[];
	    edition: string;
	    answers: Answer[];
	    dismissed: Dismissed[];
	}
	export interface CatalogueEntry {
	    id: string;
	    title: string;
	    areas: string[];
	    cause: string;
	    consequence: string;
	    affected: string[];
	    controls: string[];
	    run_test: string;
	    codes: string[];
	}
	export interface Cell {
	    score: Score;
	    value: number;
	    level: string;
	    risks: string[];
	}
	
	
	export interface Problem {
	    risk: string;
	    field: string;
	    text: string;
	    blocking: boolean;
	}
	export interface Question {
	    id: string;
	    text: string;
	    help: string;
	    good: string;
	    serves: string[];
	    risks: string[];
	    requirements: string[];
	    codes: string[];
	    measures: string[];
	}
	
	
	export interface Section {
	    id: string;
	    title: string;
	    lead: string;
	    questions: Question[];
	}
	export interface TrendPoint {
	    on: string;
	    ref: string;
	    workflow_id: string;
	    workflows: number;
	    risks: number;
	    inherent: number;
	    current: number;
	    residual: number;
	    highest: number;
	    above: number;
	}

}

export namespace run {
	
	export interface Position {
	    part?: number;
	    line: number;
	    item?: number;
	    offset: number;
	}
	export interface DataAccess {
	    source: string;
	    fields?: string[];
	    // Go type: time
	    time: any;
	    precision?: string;
	    at: Position;
	}
	export interface Decision {
	    gate: string;
	    prepared_by?: string;
	    // Go type: time
	    presented: any;
	    // Go type: time
	    opened: any;
	    // Go type: time
	    decided: any;
	    account: string;
	    officer_name?: string;
	    role?: string;
	    code: string;
	    edited?: boolean;
	    reason?: string;
	    ai_recommendation?: string;
	    ai_code?: string;
	    args_digest?: string;
	    policy_version?: string;
	    precision?: string;
	    at: Position;
	}
	export interface Output {
	    text?: string;
	    sha256?: string;
	    recommendation?: string;
	    confidence?: number;
	    reasoning?: string;
	    at: Position;
	}
	
	export interface Step {
	    seq: number;
	    name: string;
	    actor_kind?: string;
	    actor?: string;
	    // Go type: time
	    started: any;
	    // Go type: time
	    ended: any;
	    gate?: string;
	    act?: string;
	    tool?: string;
	    precision?: string;
	    at: Position;
	}
	export interface Record {
	    run_id: string;
	    workflow?: string;
	    workflow_version?: string;
	    model_version?: string;
	    prompt_version?: string;
	    trigger_channel?: string;
	    trigger_ref?: string;
	    // Go type: time
	    started: any;
	    // Go type: time
	    ended: any;
	    outcome?: string;
	    segment?: string;
	    sequence?: number;
	    precision?: string;
	    steps?: Step[];
	    accesses?: DataAccess[];
	    outputs?: Output[];
	    decisions?: Decision[];
	    at: Position;
	}
	export interface Stated {
	    platform?: string;
	    workflow?: string;
	    // Go type: time
	    from: any;
	    // Go type: time
	    to: any;
	    // Go type: time
	    exported: any;
	    runs: number;
	    decisions: number;
	}

}

export namespace runlog {
	
	export interface Condition {
	    column: string;
	    is?: string[];
	    begins?: string;
	    present?: boolean;
	}
	export interface ActivityRule {
	    gate: string;
	    act: string;
	    code?: string;
	    when?: Condition[];
	}
	export interface Refusal {
	    at: run.Position;
	    where: string;
	    run_id?: string;
	    reason: string;
	    excerpt?: string;
	    torn?: boolean;
	}
	export interface Chain {
	    links: number;
	    broken: number;
	    breaks?: Refusal[];
	}
	
	export interface Count {
	    name: string;
	    events: number;
	    decisions?: number;
	    runs?: number;
	}
	export interface EventRule {
	    activity: string;
	    started?: string;
	    ended?: string;
	    actor?: string;
	    decision?: string;
	    reason?: string;
	    ai_recommendation?: string;
	    presented?: string;
	    gate?: string;
	    act?: string;
	}
	export interface Guess {
	    part: string;
	    name: string;
	    why: string;
	    sure: boolean;
	}
	export interface Join {
	    columns: string[];
	    with?: string;
	}
	export interface LeaveOut {
	    name: string;
	    when: Condition[];
	}
	export interface Records {
	    at?: string;
	    each?: string;
	}
	export interface Privacy {
	    drop?: string[];
	    hash?: string[];
	    shorten?: Record<string, number>;
	}
	export interface Mapping {
	    assay_mapping: number;
	    rows?: string;
	    grouped?: boolean;
	    delimiter?: string;
	    encoding?: string;
	    sheet?: string;
	    header_row?: number;
	    zone?: string;
	    overlap?: string;
	    time_layouts?: string[];
	    day_order?: string;
	    midnight?: string;
	    taken_in?: string;
	    fields?: Record<string, string>;
	    constants?: Record<string, string>;
	    events?: EventRule[];
	    activities?: Record<string, ActivityRule>;
	    decisions?: Record<string, Array<string>>;
	    actors?: Record<string, Array<string>>;
	    privacy: Privacy;
	    table?: string;
	    query?: string;
	    records?: Records;
	    transitions?: Record<string, Array<string>>;
	    nothing: string[];
	    joins?: Record<string, Join>;
	    leave_out?: LeaveOut[];
	    lists?: Record<string, string>;
	    splits?: Record<string, string>;
	    optional?: string[];
	}
	export interface Member {
	    name: string;
	    format?: string;
	    bytes: number;
	}
	
	
	
	export interface Treatment {
	    field: string;
	    what: string;
	    values: number;
	}
	export interface Totals {
	    records: number;
	    used: number;
	    repeated: number;
	    refused: number;
	    no_run: number;
	    left_aside?: Count[];
	}
	export interface Result {
	    format: string;
	    wrapping?: string;
	    encoding: string;
	    sha256: string;
	    bytes: number;
	    members?: Member[];
	    totals: Totals;
	    read: number;
	    kept: number;
	    events: number;
	    decisions: number;
	    accesses: number;
	    outputs: number;
	    duplicates: number;
	    refused?: Refusal[];
	    refused_count: number;
	    notes?: Refusal[];
	    notes_count: number;
	    unmatched?: string[];
	    accounts: Count[];
	    activities: Count[];
	    gates: Count[];
	    versions: Count[];
	    more: boolean;
	    // Go type: time
	    from: any;
	    // Go type: time
	    to: any;
	    precision?: string;
	    offsets?: Count[];
	    stated?: run.Stated;
	    chain?: Chain;
	    privacy?: Treatment[];
	    ignored?: Count[];
	    columns?: number;
	    unread?: string[];
	}
	export interface Suggestion {
	    mapping?: Mapping;
	    guesses: Guess[];
	}
	export interface TopRow {
	    row: number;
	    cells: string[];
	}
	export interface SurveyColumn {
	    name: string;
	    filled: number;
	    values: Count[];
	    more: boolean;
	    time: string;
	    zoned: boolean;
	    either_way: boolean;
	}
	export interface Survey {
	    format: string;
	    wrapping: string;
	    encoding: string;
	    rows: number;
	    whole: boolean;
	    columns: SurveyColumn[];
	    top: TopRow[];
	    header_row: number;
	    proposed: boolean;
	}
	
	
	

}

export namespace service {
	
	export interface Activity {
	    seq: number;
	    at: string;
	    actor: string;
	    role: string;
	    device: string;
	    action: string;
	    subject: string;
	    summary: string;
	    reason: string;
	    changes: ledger.Change[];
	    can_undo: boolean;
	}
	export interface ActivityQuery {
	    subject: string;
	    person: string;
	    kind: string;
	    before: number;
	    limit: number;
	}
	export interface AreaFigure {
	    area: string;
	    title: string;
	    met: number;
	    applicable: number;
	}
	export interface AssessmentView {
	    id: string;
	    ref: string;
	    key: string;
	    workflow_id: string;
	    workflow_version: string;
	    method: string;
	    status: string;
	    lapse_reason: string;
	    sample: boolean;
	    prepared_by: string;
	    prepared_on: string;
	    reviewed_by: string;
	    reviewed_on: string;
	    approved_by: string;
	    approved_on: string;
	    approval?: approval.Approval;
	    review_due: string;
	    linked: risk.Linked[];
	    risks: risk.Risk[];
	    edition: string;
	    answers: risk.Answer[];
	    dismissed: risk.Dismissed[];
	    workflow_ref: string;
	    workflow_name: string;
	    prepared_by_name: string;
	    reviewed_by_name: string;
	    approved_by_name: string;
	    appetite: number;
	    above_appetite: string[];
	    problems: risk.Problem[];
	    matrices: Record<string, Array<Array<risk.Cell>>>;
	    answered: number;
	    questions: number;
	}
	export interface Attachment {
	    assessment: string;
	    question: string;
	    path: string;
	    title: string;
	    kind: string;
	}
	export interface Backup {
	    path: string;
	    bytes: number;
	    at: string;
	}
	export interface CertificateDetail {
	    number: string;
	    workflow_id: string;
	    workflow_ref: string;
	    workflow_name: string;
	    verdict: string;
	    issued_at: string;
	    valid_until: string;
	    days_left: number;
	    status: string;
	    superseded_by: string;
	    revoked_on: string;
	    revoked_by: string;
	    reason: string;
	    digest: string;
	    countersigned: boolean;
	    timestamped: boolean;
	    completed: boolean;
	    remarks: string[];
	    statement: certificate.Statement;
	    seal: string;
	}
	export interface CertificateView {
	    number: string;
	    workflow_id: string;
	    workflow_ref: string;
	    workflow_name: string;
	    verdict: string;
	    issued_at: string;
	    valid_until: string;
	    days_left: number;
	    status: string;
	    superseded_by: string;
	    revoked_on: string;
	    revoked_by: string;
	    reason: string;
	    digest: string;
	    countersigned: boolean;
	    timestamped: boolean;
	    completed: boolean;
	    remarks: string[];
	}
	export interface CheckReport {
	    sound: boolean;
	    steps: string[];
	    problems: string[];
	    warnings: string[];
	    entries: number;
	    root: string;
	    documents: number;
	}
	export interface Clause {
	    ref: string;
	    cite: string;
	    title: string;
	    family: string;
	    id: string;
	}
	export interface CodeCount {
	    code: string;
	    title: string;
	    count: number;
	}
	export interface ConditionRequest {
	    requirement: string;
	    text: string;
	    owner: string;
	    due: string;
	}
	export interface VolumeHeld {
	    source: string;
	    file: string;
	    stated: number;
	    read: number;
	    held: number;
	    refused: number;
	    purged: string;
	    read_as: string[];
	    contrary: string[];
	}
	export interface Coverage {
	    workflow: string;
	    name: string;
	    runs: number;
	    first: string;
	    last: string;
	    days: number;
	    days_idle: number;
	    longest_idle: number;
	    gates: oversight.Coverage[];
	    controls: oversight.Control[];
	    volumes: VolumeHeld[];
	    declarations: assurance.DeclarationChange[];
	    twins: assurance.Twin[];
	}
	export interface DeclarationEffect {
	    code: string;
	    title: string;
	    gone: number;
	    new: number;
	}
	export interface DeclarationRow {
	    from: string;
	    changed: string[];
	    words: string;
	    lessened: boolean;
	}
	export interface DeclarationTrial {
	    changed: string[];
	    runs: number;
	    effect: DeclarationEffect[];
	    lessens: boolean;
	    from: string;
	    words: string;
	}
	export interface Draft {
	    name: string;
	    body: string;
	    saved_at: string;
	}
	export interface Due {
	    kind: string;
	    ref: string;
	    title: string;
	    subject: string;
	    owner: string;
	    day: string;
	    overdue: boolean;
	    days: number;
	}
	export interface EarlierMapping {
	    source: string;
	    file: string;
	    workflow: string;
	    same: boolean;
	    at: string;
	    mapping?: runlog.Mapping;
	}
	export interface RecordChange {
	    table: string;
	    ref: string;
	    name: string;
	    new: boolean;
	    gone: boolean;
	    fields: diff.Field[];
	}
	export interface EntryChanges {
	    records: RecordChange[];
	    more: number;
	}
	export interface FindingQuery {
	    workflow: string;
	    code: string;
	    gate: string;
	    status: string;
	    from: string;
	    to: string;
	    after: string;
	    limit: number;
	}
	export interface FindingSummary {
	    workflow_ref: string;
	    workflow_name: string;
	    code: string;
	    title: string;
	    severity: string;
	    question: boolean;
	    gate: string;
	    gate_title: string;
	    all: number;
	    open: number;
	    explained: number;
	    accepted: number;
	    actioned: number;
	}
	export interface Untested {
	    workflow_ref: string;
	    code: string;
	    title: string;
	    gate: string;
	    why: string;
	}
	export interface FindingsView {
	    findings: FindingSummary[];
	    untested: Untested[];
	    tests: oversight.Test[];
	}
	export interface FirstStep {
	    key: string;
	    done: boolean;
	}
	export interface Imported {
	    source: imported.Source;
	    already: boolean;
	    purge?: imported.Purge;
	    findings: CodeCount[];
	    not_run: oversight.NotRun[];
	    refused: runlog.Refusal[];
	    notes: runlog.Refusal[];
	    result: runlog.Result;
	    joined: number;
	}
	export interface FolderFile {
	    file: string;
	    state: string;
	    why: string;
	    imported?: Imported;
	}
	export interface Found {
	    kind: string;
	    ref: string;
	    title: string;
	    in: string;
	    excerpt: string;
	}
	export interface GateFigures {
	    key: string;
	    title: string;
	    released: number;
	    decided: number;
	    by_officer: number;
	    held_before: number;
	    against: number;
	    decided_first: number;
	    timed: number;
	    median_seconds: number;
	    under_minimum: number;
	    agreed: number;
	    comparable: number;
	    edited: number;
	    pattern: assurance.PatternMeasure;
	    min_review_seconds: number;
	    max_agreement: number;
	}
	export interface GateOverTime {
	    key: string;
	    title: string;
	    minimum: number;
	    points: imported.GatePoint[];
	    measure: oversight.GateMeasures;
	}
	export interface GateReach {
	    key: string;
	    title: string;
	    prepared: number;
	    decided: number;
	    released: number;
	}
	export interface Named {
	    id: string;
	    ref: string;
	    name: string;
	    detail?: string;
	}
	export interface Guide {
	    sections: risk.Section[];
	    clauses: Clause[];
	    requirements: assurance.Result[];
	    runs: assurance.RunFacts;
	    gates: GateFigures[];
	    findings: assurance.FindingCount[];
	    suggested: risk.Answer[];
	    documents: Named[];
	}
	export interface HandedOver {
	    path: string;
	    bytes: number;
	    records: number;
	    documents: number;
	    imports: number;
	    runs: number;
	}
	export interface ImportRequest {
	    path: string;
	    workflow: string;
	    format: string;
	    mapping_path: string;
	    mapping?: runlog.Mapping;
	    max_refused: number;
	}
	
	export interface Improvement {
	    agenda: Due[];
	    schedules: review.Schedule[];
	    reviews: review.Review[];
	    actions: review.Action[];
	    records: review.Record[];
	}
	export interface InHand {
	    ref: string;
	    owner: string;
	    due: string;
	}
	export interface IssuePlan {
	    workflow: Named;
	    refusals: fault.Field[];
	    conditions: assurance.Result[];
	    supersedes: string;
	    valid_until: string;
	    approvers: Named[];
	    has_key: boolean;
	    attempts: certificate.Attempt[];
	}
	export interface IssueRequest {
	    workflow: string;
	    valid_until: string;
	    conditions: ConditionRequest[];
	    default_owner: string;
	    default_due: string;
	    approver: string;
	    passphrase: string;
	    approver_passphrase: string;
	}
	export interface ItemRequirement {
	    title: string;
	    where: string;
	    met: number;
	    not_met: number;
	}
	export interface KeyView {
	    id: string;
	    kind: string;
	    person: string;
	    person_ref: string;
	    holder: string;
	    fingerprint: string;
	    from: string;
	    until: string;
	    revoked: string;
	    reason: string;
	    stored: boolean;
	}
	export interface Left {
	    rule: string;
	    records: number;
	    runs: number;
	}
	export interface Looked {
	    file: string;
	    bytes: number;
	    table: boolean;
	    survey: runlog.Survey;
	    suggestion: runlog.Suggestion;
	    earlier: EarlierMapping[];
	    nothing: string[];
	}
	export interface MergedImport {
	    ref: string;
	    workflow: string;
	    file_name: string;
	    runs: number;
	    new: number;
	    same: number;
	    differ: number;
	}
	export interface MergePlan {
	    sender: string;
	    created: string;
	    items: handover.Item[];
	    imports: MergedImport[];
	    conflicts: number;
	    same: number;
	}
	export interface Merged {
	    taken: number;
	    kept: number;
	    renumbered: Record<string, string>;
	    imports: MergedImport[];
	    decided: number;
	    undecided: number;
	}
	
	export interface MonitorQuery {
	    workflow: string;
	    from: string;
	    to: string;
	    by_month: boolean;
	    segment: string;
	    officer: string;
	}
	export interface Monitoring {
	    choices: imported.Choices;
	    officers: string[];
	    volumes: imported.Volume[];
	    gates: GateOverTime[];
	    findings: imported.FindingPoint[];
	    segments: oversight.SegmentTest[];
	    drift: oversight.DriftTest[];
	    coverage: oversight.Coverage[];
	    days: number;
	    days_idle: number;
	    small: number;
	    small_officers: number;
	    too_few: boolean;
	    least: number;
	}
	
	export interface Standing {
	    live: number;
	    blocked: number;
	    reasons: number;
	    coming: number;
	    coming_blocked: number;
	    overdue: number;
	}
	export interface TodoItem {
	    workflow_ref: string;
	    workflow_name: string;
	    lifecycle: string;
	    owner: string;
	    why: string;
	    where: string;
	    subjects: string[];
	    blocking: boolean;
	    answers: number;
	    day: string;
	    days: number;
	    in_hand?: InHand;
	}
	export interface TodoGroup {
	    key: string;
	    kind: string;
	    task: string;
	    area: string;
	    count: number;
	    blocking: number;
	    overdue: number;
	    answers: number;
	    items: TodoItem[];
	}
	export interface WorkflowRow {
	    id: string;
	    ref: string;
	    name: string;
	    service: string;
	    version: string;
	    lifecycle: string;
	    owner: string;
	    percent: number;
	    met: number;
	    applicable: number;
	    areas: AreaFigure[];
	    blocking: number;
	    next: string;
	    runs: number;
	    open_findings: number;
	    highest_risk: number;
	    above_appetite: number;
	    certificate: string;
	    valid_until: string;
	    next_review: string;
	    sample: boolean;
	}
	export interface Overview {
	    organisation: organisation.Organisation;
	    part: boolean;
	    score: assurance.OrganisationScore;
	    areas: AreaFigure[];
	    workflows: WorkflowRow[];
	    next: TodoGroup[];
	    waiting: number;
	    standing: Standing;
	    first: FirstStep[];
	    due: Due[];
	    findings: CodeCount[];
	    matrix: risk.Cell[][];
	    recent: Activity[];
	    certificates: number;
	}
	export interface PackRequest {
	    workflow: string;
	    path: string;
	    passphrase: string;
	    approver: string;
	}
	export interface PackView {
	    ref: string;
	    workflow: Named;
	    at: string;
	    by: string;
	    sha256: string;
	}
	export interface Packed {
	    ref: string;
	    path: string;
	    bytes: number;
	    sha256: string;
	    files: number;
	    pages: number;
	}
	export interface PlannedSample {
	    population: number;
	    size: number;
	}
	export interface PolicyDocument {
	    path: string;
	    title: string;
	    kind: string;
	    number: string;
	    owner_id: string;
	    approved_by: string;
	    minute: string;
	    approved_on: string;
	    in_force_from: string;
	    next_review: string;
	    checklist: policy.CheckAnswer[];
	}
	export interface PolicyStep {
	    policy: string;
	    version: string;
	    step: string;
	    person: string;
	    passphrase?: string;
	    role: string;
	    minute: string;
	    on: string;
	    target: string;
	    reason: string;
	}
	export interface PolicyView {
	    id: string;
	    ref: string;
	    key: string;
	    title: string;
	    kind: string;
	    owner_id: string;
	    approval_route: string;
	    review_every_months: number;
	    next_review: string;
	    sample: boolean;
	    versions: policy.Version[];
	    communications: policy.Communication[];
	    attestations: policy.Attestation[];
	    staff_in_scope: number;
	    links: policy.Link[];
	    status: string;
	    version: string;
	    owner: string;
	    past_review: boolean;
	    applies: Named[];
	    attested: number;
	    checklist_items: policy.ChecklistItem[];
	    covered: number;
	    covered_of: number;
	    documents: Named[];
	}
	export interface Spelling {
	    account: string;
	    events: number;
	    decisions: number;
	    roster: boolean;
	}
	export interface Preview {
	    file: string;
	    result: runlog.Result;
	    already: string;
	    first: run.Record[];
	    gates: GateReach[];
	    findings: CodeCount[];
	    not_run: oversight.NotRun[];
	    unknown_accounts: string[];
	    spellings: Spelling[][];
	}
	export interface PurgeDue {
	    source: imported.Source;
	    workflow_ref: string;
	    workflow_name: string;
	    months: number;
	    day: string;
	    overdue: boolean;
	}
	export interface PurgeRequest {
	    source: string;
	    reason: string;
	}
	export interface Purged {
	    source: imported.Source;
	    purge: imported.Purge;
	    backups: string[];
	}
	
	export interface RiskQuery {
	    words: string;
	    stage: string;
	    likelihood: number;
	    impact: number;
	    sort: string;
	    down: boolean;
	    from: number;
	    limit: number;
	}
	export interface RiskRow {
	    id: string;
	    ref: string;
	    title: string;
	    catalogue_id: string;
	    assessment: string;
	    workflow: string;
	    owner: string;
	    inherent: number;
	    current: number;
	    residual: number;
	    treatment: string;
	    treatment_due: string;
	    accepted_until: string;
	    above: boolean;
	}
	export interface RiskRegister {
	    appetite: number;
	    all: number;
	    cells: Record<string, Array<Array<number>>>;
	    total: number;
	    rows: RiskRow[];
	}
	
	export interface RunExport {
	    path: string;
	    format: string;
	    runs: number;
	    sha256: string;
	    purged: number;
	}
	export interface RunQuery {
	    workflow: string;
	    from: string;
	    to: string;
	    outcome: string;
	    segment: string;
	    code: string;
	    gate: string;
	    source: string;
	    after: string;
	    limit: number;
	}
	export interface SampleRequest {
	    workflow: string;
	    period: imported.Period;
	    plan: oversight.SamplePlan;
	    officer: string;
	}
	export interface SampleRow {
	    ref: string;
	    workflow: string;
	    workflow_name: string;
	    from: string;
	    to: string;
	    // Go type: time
	    drawn_at: any;
	    drawn_by: string;
	    officer: string;
	    drawn: number;
	    population: number;
	    read: number;
	    disagreed: number;
	    signed_off?: oversight.SignOff;
	}
	export interface SampleSignOff {
	    person: string;
	    passphrase: string;
	    conclusion: string;
	}
	export interface SampledImport {
	    id: string;
	    ref: string;
	    file_name: string;
	    sha256: string;
	}
	export interface Sampled {
	    id?: string;
	    ref?: string;
	    workflow_id?: string;
	    workflow: string;
	    name: string;
	    period: imported.Period;
	    // Go type: time
	    drawn_at: any;
	    drawn_by: string;
	    drawn_by_id?: string;
	    imports: SampledImport[];
	    workpaper: oversight.Workpaper;
	    frame_blob?: string;
	    officer?: string;
	    said?: oversight.Said[];
	    signed_off?: oversight.SignOff;
	}
	
	export interface SearchHit {
	    run: imported.Hit;
	    workflow_ref: string;
	    workflow_name: string;
	}
	export interface SearchPage {
	    items: SearchHit[];
	    next: string;
	    count: number;
	    more: boolean;
	    // Go type: time
	    back: any;
	    order: string;
	    state: imported.SearchState;
	}
	export interface SearchQuery {
	    text: string;
	    workflow: string;
	    from: string;
	    to: string;
	    order: string;
	    after: string;
	    limit: number;
	}
	export interface SoAImport {
	    rows: number;
	    changed: string[];
	    unapproved: string[];
	    dry_run: boolean;
	}
	export interface SourceView {
	    id: string;
	    ref: string;
	    workflow_id: string;
	    file_name: string;
	    sha256: string;
	    bytes: number;
	    format: string;
	    mapping: string;
	    state: string;
	    records: number;
	    runs_new: number;
	    runs_same: number;
	    runs_differ: number;
	    refused: number;
	    events: number;
	    decisions: number;
	    outputs: number;
	    // Go type: time
	    first: any;
	    // Go type: time
	    last: any;
	    stated?: number;
	    root: string;
	    // Go type: time
	    imported_at: any;
	    imported_by: string;
	    workflow_ref: string;
	    workflow_name: string;
	    purge?: imported.Purge;
	    treated: imported.Treatment[];
	    repeated: number;
	    no_run: number;
	    aside: Left[];
	}
	
	export interface StandardItem {
	    family: string;
	    id: string;
	    title: string;
	    areas: string[];
	    document: string;
	    doc_kind: string;
	    app: string;
	    note: string;
	    checked: string;
	    source: string;
	    from: string;
	    until: string;
	    shared: string;
	    own: string;
	    read: string;
	    source_words: string;
	    ref: string;
	    requirements: string[];
	    extents: Record<string, string>;
	    current: boolean;
	    soa?: standard.SoARow;
	    beside?: standard.Beside;
	    recorded: Named[];
	}
	export interface StandardFamily {
	    family: string;
	    standard: string;
	    title: string;
	    short: string;
	    kind: string;
	    items: StandardItem[];
	}
	
	export interface StandardsView {
	    areas: standard.AreaInfo[];
	    families: StandardFamily[];
	    requirements: Record<string, ItemRequirement>;
	    system: assurance.Result[];
	}
	
	export interface TimestampRequest {
	    number: string;
	    url: string;
	    trust_path: string;
	}
	export interface Todo {
	    groups: TodoGroup[];
	    items: number;
	    standing: Standing;
	    owners: string[];
	    part: boolean;
	}
	export interface TodoChoice {
	    key: string;
	    workflow: string;
	    action: string;
	}
	export interface TodoAssignment {
	    items: TodoChoice[];
	    owner_id: string;
	    due: string;
	}
	
	
	
	export interface TodoQuery {
	    owner: string;
	    area: string;
	    blocking: boolean;
	    workflow: string;
	    all: string;
	}
	export interface Trial {
	    preview: Preview;
	    problem: string;
	    where: string;
	    partial: boolean;
	    spellings: Spelling[][];
	    suggestion: runlog.Suggestion;
	}
	
	export interface Version {
	    seq: number;
	    at: string;
	    actor: string;
	    role: string;
	    device: string;
	    action: string;
	    subject: string;
	    summary: string;
	    reason: string;
	    changes: ledger.Change[];
	    can_undo: boolean;
	    fields: diff.Field[];
	}
	
	export interface WorkflowChange {
	    workflow: workflow.Workflow;
	    why: string;
	    approver: string;
	    passphrase: string;
	}
	export interface WorkflowName {
	    id: string;
	    ref: string;
	    name: string;
	    runs: number;
	}
	
	export interface WorkflowView {
	    row: WorkflowRow;
	    workflow: workflow.Workflow;
	    readiness: assurance.Report;
	    policies: PolicyView[];
	    assessment?: AssessmentView;
	    schedules: review.Schedule[];
	    reviews: review.Review[];
	    actions: review.Action[];
	    records: review.Record[];
	    gates: assurance.GateMeasure[];
	    declarations: DeclarationRow[];
	    findings: assurance.FindingCount[];
	    sources: assurance.Source[];
	    runs: assurance.RunFacts;
	    certificates: CertificateView[];
	    moves: string[];
	    missing_account: string[];
	    twins: assurance.Twin[];
	}

}

export namespace signing {
	
	export interface SignatureReport {
	    status: string;
	    role: string;
	    field?: string;
	    signer: string;
	    signer_role?: string;
	    organisation?: string;
	    issuer?: string;
	    fingerprint?: string;
	    // Go type: time
	    claimed: any;
	    // Go type: time
	    proven: any;
	    whole: boolean;
	    reasons: string[];
	}

}

export namespace standard {
	
	export interface AreaInfo {
	    id: string;
	    title: string;
	    duty: string;
	}
	export interface Basis {
	    id: string;
	    article: string;
	    title: string;
	    follows: string;
	    law: boolean;
	    private: boolean;
	}
	export interface Beside {
	    extent: string;
	    by: string[];
	    left: string;
	}
	export interface SoARow {
	    control_id: string;
	    applicable: boolean;
	    reason_included: string;
	    reason_excluded: string;
	    implementation_status: string;
	    owner: string;
	    linked_risks: string[];
	    linked_evidence: string[];
	    evidence_effective_date: string;
	    residual_gap: string;
	    approved_by: string;
	    approved_on: string;
	    review_due: string;
	    sample: boolean;
	}

}

export namespace url {
	
	export interface Userinfo {
	
	}
	export interface URL {
	    Scheme: string;
	    Opaque: string;
	    // Go type: Userinfo
	    User?: any;
	    Host: string;
	    Path: string;
	    Fragment: string;
	    RawQuery: string;
	    RawPath: string;
	    RawFragment: string;
	    ForceQuery: boolean;
	    OmitHost: boolean;
	}

}

export namespace vault {
	
	export interface Strength {
	    bits: number;
	    level: number;
	    refused: string;
	}

}

export namespace verify {
	
	export interface Line {
	    name: string;
	    value: string;
	}
	export interface NeededSignature {
	    role: string;
	    name: string;
	    key: string;
	    made: string;
	    found: boolean;
	}
	export interface Redrawn {
	    file: string;
	    ref: string;
	    workflow: string;
	    drawn: number;
	    population: number;
	    same: boolean;
	    sentence: string;
	}
	export interface Request {
	    path: string;
	    seal: string;
	    trust_path: string;
	    withdrawals: string;
	    log_key: string;
	    timestamp_trust: string;
	}
	export interface Root {
	    name: string;
	    fingerprint: string;
	}
	export interface Second {
	    holder: string;
	    fingerprint: string;
	    // Go type: time
	    claimed: any;
	    pinned: boolean;
	    holds: boolean;
	    sentence: string;
	}
	export interface Verified {
	    what: string;
	    kind: string;
	    answer: string;
	    sentence: string;
	    reasons: string[];
	    number: string;
	    organisation: string;
	    workflow: string;
	    verdict: string;
	    issued: string;
	    proven: string;
	    valid_until: string;
	    digest: string;
	    signer: string;
	    fingerprint: string;
	    signatures: signing.SignatureReport[];
	    in_register: boolean;
	    sample: boolean;
	    problems: pack.Problem[];
	    log_size: number;
	    redrawn?: Redrawn[];
	    second?: Second;
	    roots: Root[];
	    needed: NeededSignature[];
	    added: string[];
	    lines: Line[];
	    uncovered: string[];
	}

}

export namespace workflow {
	
	export interface Account {
	    purpose: string;
	    data_used: string[];
	    data_sources: string[];
	    decisions: string;
	    how_it_works: string;
	    limits: string;
	    challenge_tool: string;
	    challenge: string;
	    significant: boolean;
	    special_data: boolean;
	    lawful_basis: string;
	    basis?: string;
	    basis_law?: string;
	    special_condition?: string;
	    atrs_url: string;
	}
	export interface Because {
	    why: string;
	    approved_by: string;
	}
	export interface Change {
	    date: string;
	    what: string;
	    from: string;
	    to: string;
	    reviewed_by: string;
	    note: string;
	}
	export interface Content {
	    id: string;
	    approved_by: string;
	    approved_on: string;
	    until?: string;
	}
	export interface Login {
	    account: string;
	    name: string;
	    kind: string;
	    role: string;
	    from?: string;
	    until?: string;
	}
	export interface OutcomeLimit {
	    outcome: string;
	    least?: number;
	    most?: number;
	}
	export interface Terms {
	    of?: string;
	    side?: string;
	    limit?: number;
	    per_week?: number;
	    share?: number;
	    within_hours?: number;
	    content_of?: string;
	    contents?: Content[];
	    limits?: OutcomeLimit[];
	    alone?: string[];
	    with_person?: string[];
	    never?: string[];
	}
	export interface Gate {
	    key: string;
	    title: string;
	    decides: string;
	    role: string;
	    officers: string[];
	    four_eyes: boolean;
	    enforcement: string;
	    evidence: string;
	    min_review_seconds: number;
	    max_streak: number;
	    max_agreement: number;
	    prepare: string[];
	    decide: string[];
	    release: string[];
	    pattern?: string;
	    terms: Terms;
	}
	export interface Effect {
	    code: string;
	    gone: number;
	    new: number;
	}
	export interface Declaration {
	    from?: string;
	    // Go type: time
	    made_at: any;
	    by?: string;
	    why?: string;
	    changed?: string[];
	    tried?: number;
	    effect?: Effect[];
	    approval: approval.Approval;
	    gates: Gate[];
	    roster: Login[];
	    activities: string[];
	    tools: string[];
	    data_sources: string[];
	}
	
	
	export interface KSB {
	    knowledge: string[];
	    skills: string[];
	    behaviours: string[];
	    activities: string[];
	    tools: string[];
	}
	
	
	export interface TemplateGate {
	    key: string;
	    title: string;
	    decides: string;
	    role: string;
	    four_eyes: boolean;
	    min_review_seconds: number;
	    max_streak: number;
	    max_agreement: number;
	}
	export interface TemplateKSB {
	    knowledge: string[];
	    skills: string[];
	    behaviours: string[];
	}
	export interface TemplateAccount {
	    purpose: string;
	    data_used: string[];
	    decisions: string;
	    how_it_works: string;
	    limits: string;
	    challenge_tool: string;
	    challenge: string;
	    significant: boolean;
	    special_data: boolean;
	}
	export interface Template {
	    id: string;
	    name: string;
	    for: string;
	    risks: string[];
	    account: TemplateAccount;
	    ksb: TemplateKSB;
	    gates: TemplateGate[];
	}
	
	
	
	
	export interface Workflow {
	    id: string;
	    ref: string;
	    key: string;
	    name: string;
	    service: string;
	    platform: string;
	    platform_id: string;
	    supplier: string;
	    version: string;
	    lifecycle: string;
	    live_since: string;
	    owner_id: string;
	    sample: boolean;
	    retention_months?: number;
	    account: Account;
	    ksb: KSB;
	    gates: Gate[];
	    roster: Login[];
	    changes: Change[];
	    declarations?: Declaration[];
	    declaration?: Because;
	    template: string;
	    flow?: string;
	    suggested: string[];
	}

}

export namespace x509 {
	
	export interface PolicyMapping {
	    // Go type: OID
	    IssuerDomainPolicy: any;
	    // Go type: OID
	    SubjectDomainPolicy: any;
	}
	export interface OID {
	
	}
	export interface Certificate {
	    Raw: number[];
	    RawTBSCertificate: number[];
	    RawSubjectPublicKeyInfo: number[];
	    RawSubject: number[];
	    RawIssuer: number[];
	    Signature: number[];
	    SignatureAlgorithm: number;
	    PublicKeyAlgorithm: number;
	    PublicKey: any;
	    Version: number;
	    // Go type: big
	    SerialNumber?: any;
	    Issuer: pkix.Name;
	    Subject: pkix.Name;
	    // Go type: time
	    NotBefore: any;
	    // Go type: time
	    NotAfter: any;
	    KeyUsage: number;
	    Extensions: pkix.Extension[];
	    ExtraExtensions: pkix.Extension[];
	    UnhandledCriticalExtensions: number[][];
	    ExtKeyUsage: number[];
	    UnknownExtKeyUsage: number[][];
	    BasicConstraintsValid: boolean;
	    IsCA: boolean;
	    MaxPathLen: number;
	    MaxPathLenZero: boolean;
	    SubjectKeyId: number[];
	    AuthorityKeyId: number[];
	    OCSPServer: string[];
	    IssuingCertificateURL: string[];
	    DNSNames: string[];
	    EmailAddresses: string[];
	    IPAddresses: number[][];
	    URIs: url.URL[];
	    PermittedDNSDomainsCritical: boolean;
	    PermittedDNSDomains: string[];
	    ExcludedDNSDomains: string[];
	    PermittedIPRanges: net.IPNet[];
	    ExcludedIPRanges: net.IPNet[];
	    PermittedEmailAddresses: string[];
	    ExcludedEmailAddresses: string[];
	    PermittedURIDomains: string[];
	    ExcludedURIDomains: string[];
	    CRLDistributionPoints: string[];
	    PolicyIdentifiers: number[][];
	    Policies: OID[];
	    InhibitAnyPolicy: number;
	    InhibitAnyPolicyZero: boolean;
	    InhibitPolicyMapping: number;
	    InhibitPolicyMappingZero: boolean;
	    RequireExplicitPolicy: number;
	    RequireExplicitPolicyZero: boolean;
	    PolicyMappings: PolicyMapping[];
	}

}

