/** The subject protocol: a system under observation as its author writes it, and as the core sees it. */

import * as v from "valibot";
import type { Clock } from "../system/clock.ts";
import type { LogEvent, LogFilter, LogParser, LogSource } from "../system/logs.ts";
import { completePicture, lastKnown, type Picture, type Topology } from "../system/picture.ts";
import type { ProcessSource } from "../system/process.ts";
import type { SeriesSource } from "../system/series.ts";
import { InvalidInputError, ProbeError } from "../text/errors.ts";
import type { ComponentId, EntityId } from "../words/ids.ts";
import type { Symptom } from "../words/symptom.ts";
import type { BoundAction, UnboundAction } from "./action.ts";
import { withBeside } from "./beside.ts";
import type { Checkup } from "./checkup.ts";
import { COMPONENT_IDENTITY_ID, joinPicture, readDeployment } from "./deployed.ts";
import { type BoundInspection, bindInspection, type Inspection } from "./inspection.ts";
import type { AnyInvariant, Measure, Severity, Threshold, Thresholds } from "./invariant.ts";
import { CORE_REASONS, judgeOn, silenceOf, sourcesOf } from "./judge.ts";
import { type LookRequest, type LookResult, Looks } from "./looks.ts";
import { judgeMembersOn, MEMBERSHIP_ID, type MemberRegister } from "./membership.ts";
import type { Observation, ProbesOf } from "./probe.ts";

/** What a session is opened with. */
export interface SessionOptions {
  readonly clock: Clock;
  /** The past, for probes that read rates and quantiles. @default none is known */
  readonly series?: SeriesSource;
  /** Thresholds that differ from the defaults, by invariant. */
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  /** The last picture that is known from an earlier process. */
  readonly known?: Picture;
  readonly logs?: LogSource;
  /** What runs the subject, where that is known. */
  readonly processes?: ProcessSource;
  /** Components that may come and go: by id, or all of one kind as `kind/*`. @default none */
  readonly ephemeral?: readonly string[];
  /** Milliseconds between two looks of the monitor, where one runs. @default {0} */
  readonly intervalMs?: number;
  /** Milliseconds between two readings of one probe, however fresh they are asked for. @default {500} */
  readonly shortestPauseMs?: number;
}

/** A page of metrics that the recorder reads where no Prometheus does. */
export interface ScrapeTarget {
  readonly component: ComponentId;
  readonly url: string;
}

/** What the picture of an observation is made with, besides its readings. */
export interface ModelContext<Config> {
  readonly config: Config;
  /** Epoch milliseconds at which the look began. */
  readonly atMs: number;
}

/** A subject as its author writes it; the registry sees none of these types. */
export interface SubjectSpec<Config extends v.GenericSchema, Client extends AsyncDisposable, R extends object> {
  /** Stable kebab-case name; also the name of its folder. */
  readonly id: string;
  /** With the vocabulary, all that an agent is ever told about the subject. */
  readonly description: string;
  /** Words of the subject's own field, each with one sentence. */
  readonly vocabulary: Readonly<Record<string, string>>;
  /** Endpoints and credentials. */
  readonly config: Config;
  readonly connect: (config: v.InferOutput<Config>) => Promise<Client>;
  /** Whether what answers says of itself that it stands in for the real system; rejects where nothing answers. */
  readonly isEmulated?: (client: NoInfer<Client>, signal: AbortSignal) => Promise<boolean>;
  readonly probes: ProbesOf<Client, R>;
  /** What should be there, whether it answers or not: by the configuration, and by what was last known of each component. */
  readonly topology: (config: v.InferOutput<Config>, known: Picture | undefined) => Topology;
  /** The generic picture of one observation. */
  readonly model: (observation: Observation<R>, context: ModelContext<v.InferOutput<Config>>) => Picture;
  readonly invariants: readonly AnyInvariant<R, v.InferOutput<Config>>[];
  readonly actions: readonly UnboundAction<NoInfer<Client>>[];
  /** What can be read of one component on demand. */
  readonly inspections?: readonly Inspection<NoInfer<Client>>[];
  /** The system's own register of members, where it keeps one. */
  readonly register?: MemberRegister<R>;
  /** Whether an entity that is not judged any more is gone for good, so that its silence is no concern. */
  readonly isRetired?: (entity: EntityId, observation: Observation<R>) => boolean;
  /** Address of the Prometheus that keeps the subject's metrics, where the configuration names one. */
  readonly metricsUrl?: (config: v.InferOutput<Config>) => string | undefined;
  /** Metric pages to record where no Prometheus does, and which metrics of them matter. */
  readonly scrapes?: (config: v.InferOutput<Config>, known: Picture | undefined) => readonly ScrapeTarget[];
  readonly metrics?: readonly string[];
  /** Parses the subject's log lines, where it has logs. */
  readonly logs?: LogParser;
}

/** An invariant without its observation type: what help texts and the monitor need. */
export interface InvariantInfo {
  readonly id: string;
  readonly severity: Severity;
  /** Milliseconds. */
  readonly graceMs: number;
  readonly rationale: string;
  /** What a violation shows, in a word that fits any system; absent where none does. */
  readonly symptom?: Symptom;
  readonly thresholds: Readonly<Record<string, Threshold>>;
  /** What can be charted of it; absent where no series shows it. */
  readonly measure?: Measure;
  /** Milliseconds between two readings of the slowest probe that it rests on. */
  readonly everyMs: number;
  /** Every reason that a judgement of it can give. */
  readonly reasons: readonly string[];
}

/** What a session is asked for. */
export interface SessionLookRequest extends Omit<LookRequest, "reads"> {
  /** Invariants whose readings must be as fresh as asked for; the others come at their own pace. @default all */
  readonly invariants?: readonly string[];
}

/** An open connection to a subject. */
export interface Session extends AsyncDisposable {
  /**
   * Looks and judges every invariant. Anyone who asks while a look is under way is answered by that one.
   * @throws {ProbeError} If nothing answers.
   */
  look(request: SessionLookRequest): Promise<Checkup>;
  /** Whether what answers stands in for the real system; absent where nothing could say so. */
  readonly isEmulated?: (signal: AbortSignal) => Promise<boolean>;
  /** What should be there, by configuration and the last picture. */
  topology(): Topology;
  /** Address of the Prometheus that keeps the subject's metrics; absent where there is none. */
  readonly metricsUrl?: string;
  /** Metric pages that a recorder may read. */
  scrapes(): readonly ScrapeTarget[];
  /** Parsed log lines of one component, where the subject has logs. */
  readonly logs?: (component: ComponentId, filter: LogFilter) => AsyncIterable<LogEvent>;
  /** What can be read of one component on demand. */
  readonly inspections: readonly BoundInspection[];
  /** Actions with the client closed over. Only the executor calls their `run` and `undo`. */
  readonly actions: ReadonlyMap<string, BoundAction>;
}

/** A subject as the core sees it: none of its types, all of its powers. */
export interface Subject {
  readonly id: string;
  readonly description: string;
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly config: v.GenericSchema;
  readonly invariants: readonly InvariantInfo[];
  readonly metrics: readonly string[];
  /** Milliseconds between two readings of its register of members; 0 where it keeps none. */
  readonly registerEveryMs: number;
  /**
   * Reads a configuration, once for every session that is opened with it.
   * @throws {ConfigurationError} If it does not have the form it must have.
   */
  configure(raw: unknown): ConfiguredSubject;
}

/** A subject whose configuration has been read. */
export interface ConfiguredSubject {
  /** As the subject's schema has read it: plain data, by which two configurations can be compared. */
  readonly config: unknown;
  /** Connects to its endpoints. */
  open(options: SessionOptions): Promise<Session>;
}

/** A configuration that a subject cannot use. */
export class ConfigurationError extends InvalidInputError {
  /** The field, with dots between the names that lead to it; empty where it is about the whole. */
  readonly path: string;
  /** What is wrong with the field. */
  readonly reason: string;
  /** Whether the field is not there at all. */
  readonly isMissing: boolean;

  constructor(subject: string, issue: v.BaseIssue<unknown>) {
    const path = v.getDotPath(issue) ?? "";
    super(`Cannot use configuration of "${subject}" at "${path || "."}": ${issue.message}`);
    this.path = path;
    this.reason = issue.message;
    this.isMissing = issue.input === undefined;
  }
}

/** Closes over the types of a spec, so that unlike subjects fit one registry. */
export function defineSubject<Config extends v.GenericSchema, Client extends AsyncDisposable, R extends object>(
  spec: SubjectSpec<Config, Client, R>,
): Subject {
  const { id, description, vocabulary, config } = spec;
  return {
    id,
    description,
    vocabulary,
    config,
    invariants: spec.invariants.map((invariant) => infoOf(invariant, spec.probes)),
    registerEveryMs: spec.register ? spec.probes[spec.register.probe].everyMs : 0,
    metrics: spec.metrics ?? [],
    configure(raw) {
      const result = v.safeParse(config, raw);
      if (!result.success) throw new ConfigurationError(id, result.issues[0]);
      const { output } = result;
      return {
        config: output,
        open: async (options) => openSession(spec, { config: output, client: await spec.connect(output), options }),
      };
    },
  };
}

function infoOf<Client, R extends object>(
  { id, severity, graceMs, rationale, symptom, measure, thresholds = {}, reasons, reads }: AnyInvariant<R, never>,
  probes: ProbesOf<Client, R>,
): InvariantInfo {
  const everyMs = Math.max(0, ...reads.map((name) => probes[name].everyMs));
  const all = [...new Set([...reasons, ...CORE_REASONS])];
  const shown = { ...(symptom && { symptom }), ...(measure && { measure }) };
  return { id, severity, graceMs, rationale, thresholds, everyMs, reasons: all, ...shown };
}

interface Opened<Config extends v.GenericSchema, Client> {
  readonly config: v.InferOutput<Config>;
  readonly client: Client;
  readonly options: SessionOptions;
}

function openSession<Config extends v.GenericSchema, Client extends AsyncDisposable, R extends object>(
  spec: SubjectSpec<Config, Client, R>,
  { config, client, options }: Opened<Config, Client>,
): Session {
  let known = options.known;
  const { clock, series = async () => [], logs: source, shortestPauseMs } = options;
  const parser = spec.logs;
  const pause = shortestPauseMs !== undefined && { shortestPauseMs };
  const looks = new Looks({ client, probes: spec.probes, clock, series, ...pause });
  const judge = judgeOn(spec, config, options);
  const judgeMembers = judgeMembersOn(spec.register, options);
  const tellers = new Set<ComponentId>();
  const checkups = new WeakMap<LookResult<R>, Promise<Checkup>>();
  const metricsUrl = spec.metricsUrl?.(config);
  async function checkupOf(result: LookResult<R>): Promise<Checkup> {
    const { atMs, observation } = result;
    const begunMs = clock.monotonic();
    const shown = spec.model(observation, { config, atMs });
    const topology = spec.topology(config, lastKnown(shown, known));
    const reading = options.processes && (await readDeployment(options.processes, clock));
    const joined = joinPicture(completePicture(shown, topology), { reading, atMs: newestOf(observation), tellers });
    const { judgements, retired } = judge(result, joined.displaced);
    const seen = withBeside(joined, { reading, url: metricsUrl, sources: sourcesOf(spec.probes, observation) });
    known = seen.picture;
    for (const { id, identity } of shown.components) if (identity !== undefined) tellers.add(id);
    return {
      startedAtMs: atMs,
      elapsedMs: result.elapsedMs + clock.monotonic() - begunMs,
      ...seen,
      topology,
      observation,
      judgements: [...judgements, ...joined.judgements, ...judgeMembers({ picture: known, topology, observation })],
      retired,
    };
  }
  return {
    async look({ invariants, ...request }) {
      const reads = invariants && readsOf(spec.invariants, invariants);
      const result = await looks.look({ ...request, ...(reads && { reads }) });
      const silence = silenceOf(spec, result.observation);
      if (silence !== undefined) throw new ProbeError(`Cannot observe "${spec.id}": nothing answers: ${silence}`);
      const checkup = checkups.get(result) ?? checkupOf(result);
      checkups.set(result, checkup);
      return await checkup;
    },
    ...(spec.isEmulated && { isEmulated: spec.isEmulated.bind(spec, client) }),
    topology: () => spec.topology(config, known),
    scrapes: () => spec.scrapes?.(config, known) ?? [],
    ...(metricsUrl !== undefined && { metricsUrl }),
    ...(parser && source && { logs: (component, filter) => parseLines(source(component, filter), parser, component) }),
    inspections: (spec.inspections ?? []).map((inspection) => bindInspection(inspection, client)),
    actions: new Map(spec.actions.map((action) => [action.id, action.bind(client)])),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function newestOf<R extends object>(observation: Observation<R>): number {
  return Math.max(...Object.values<{ readonly atMs: number }>(observation).map(({ atMs }) => atMs));
}

function readsOf<R extends object>(
  all: readonly Pick<AnyInvariant<R, never>, "id" | "reads">[],
  ids: readonly string[],
): readonly string[] | undefined {
  // These rest on the picture, and so on all of them.
  if (ids.includes(COMPONENT_IDENTITY_ID) || ids.includes(MEMBERSHIP_ID)) return undefined;
  return all.filter(({ id }) => ids.includes(id)).flatMap(({ reads }) => reads);
}

async function* parseLines(
  lines: AsyncIterable<string>,
  parse: LogParser,
  component: ComponentId,
): AsyncIterable<LogEvent> {
  for await (const line of lines) {
    const event = parse(line, component);
    if (event) yield event;
  }
}
