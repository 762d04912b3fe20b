/** The subject protocol: a system under observation as its author writes it, and as the core sees it. */

import * as v from "valibot";
import type { BoundAction, UnboundAction } from "./action.ts";
import type { Checkup, InvariantJudgement, SourceState } from "./checkup.ts";
import type { Clock } from "./clock.ts";
import { InvalidInputError, messageOf } from "./errors.ts";
import type { ComponentId, EntityId } from "./ids.ts";
import type { Invariant, Severity, Threshold, Thresholds } from "./invariant.ts";
import type { LogEvent, LogFilter, LogParser, LogSource } from "./logs.ts";
import { completePicture, type Picture, type Topology } from "./picture.ts";
import type { SeriesSource } from "./series.ts";

/** What one observation is given. */
export interface ObserveOptions {
  readonly signal: AbortSignal;
  /** Entities with open tickets, which are read even when they have fallen out of a top-N list. */
  readonly tracked: ReadonlySet<EntityId>;
  /** The past: rates and quantiles need one. */
  readonly series: SeriesSource;
}

/** What a session is opened with. */
export interface SessionOptions {
  readonly clock: Clock;
  /** Thresholds that differ from the defaults, by invariant. */
  readonly thresholds?: Readonly<Record<string, Thresholds>>;
  /** The last picture that is known from an earlier process. */
  readonly known?: Picture;
  readonly logs?: LogSource;
}

/** A page of metrics that the recorder reads where no Prometheus does. */
export interface ScrapeTarget {
  readonly component: ComponentId;
  readonly url: string;
}

/** A subject as its author writes it, with every type in view. */
export interface SubjectSpec<Config extends v.GenericSchema, Client extends AsyncDisposable, Observation> {
  /** Stable kebab-case name; also the name of its folder. */
  readonly id: string;
  /** With the vocabulary, all that an agent is ever told about the subject. */
  readonly description: string;
  /** Words of the subject's own field, each with one sentence. */
  readonly vocabulary: Readonly<Record<string, string>>;
  /** Endpoints and credentials. */
  readonly config: Config;
  readonly connect: (config: v.InferOutput<Config>) => Promise<Client>;
  /** Reads the subject once; throws `ProbeError` only when nothing answers. */
  readonly observe: (client: Client, options: ObserveOptions) => Promise<Observation>;
  /** What should be there, whether it answers or not. */
  readonly topology: (config: v.InferOutput<Config>, known: Picture | undefined) => Topology;
  /** The generic picture of one observation. */
  readonly model: (observation: NoInfer<Observation>) => Picture;
  readonly invariants: readonly Invariant<NoInfer<Observation>>[];
  readonly actions: readonly UnboundAction<NoInfer<Client>>[];
  /** Entities that are gone for good. */
  readonly retired?: (observation: NoInfer<Observation>) => readonly EntityId[];
  /** Sources that are not components, and whether they answered. */
  readonly sources?: (observation: NoInfer<Observation>) => readonly SourceState[];
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
  readonly thresholds: Readonly<Record<string, Threshold>>;
}

/** An open connection to a subject. */
export interface Session extends AsyncDisposable {
  /**
   * Observes once and judges every invariant.
   * @throws {ProbeError} If nothing answers.
   */
  checkup(options: ObserveOptions): Promise<Checkup>;
  /** What should be there, by configuration and the last picture. */
  topology(): Topology;
  /** Metric pages that a recorder may read. */
  scrapes(): readonly ScrapeTarget[];
  /** Parsed log lines of one component, where the subject has logs. */
  readonly logs?: (component: ComponentId, filter: LogFilter) => AsyncIterable<LogEvent>;
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
  /**
   * Connects to the endpoints of `config`.
   * @throws {InvalidInputError} If the configuration does not have the form it must have.
   */
  open(config: unknown, options: SessionOptions): Promise<Session>;
}

/** Closes over the types of a spec, so that unlike subjects fit one registry. */
export function defineSubject<Config extends v.GenericSchema, Client extends AsyncDisposable, Observation>(
  spec: SubjectSpec<Config, Client, Observation>,
): Subject {
  const { id, description, vocabulary, config } = spec;
  return {
    id,
    description,
    vocabulary,
    config,
    invariants: spec.invariants.map(({ id, severity, graceMs, rationale, thresholds }) => ({
      id,
      severity,
      graceMs,
      rationale,
      thresholds: thresholds ?? {},
    })),
    metrics: spec.metrics ?? [],
    open: async (raw, options) => {
      const parsed = parseConfig(id, config, raw);
      return openSession(spec, { config: parsed, client: await spec.connect(parsed), options });
    },
  };
}

interface Opened<Config extends v.GenericSchema, Client> {
  readonly config: v.InferOutput<Config>;
  readonly client: Client;
  readonly options: SessionOptions;
}

function openSession<Config extends v.GenericSchema, Client extends AsyncDisposable, Observation>(
  spec: SubjectSpec<Config, Client, Observation>,
  { config, client, options }: Opened<Config, Client>,
): Session {
  let known = options.known;
  const parser = spec.logs;
  const source = options.logs;
  return {
    async checkup(observing) {
      const startedAtMs = options.clock.now();
      const begun = options.clock.monotonic();
      const observation = await spec.observe(client, observing);
      const topology = spec.topology(config, known);
      const picture = completePicture(spec.model(observation), topology);
      known = picture;
      return {
        startedAtMs,
        judgements: judge(spec.invariants, observation, options.thresholds ?? {}),
        picture,
        topology,
        retired: spec.retired?.(observation) ?? [],
        sources: spec.sources?.(observation) ?? [],
        observation,
        elapsedMs: options.clock.monotonic() - begun,
      };
    },
    topology: () => spec.topology(config, known),
    scrapes: () => spec.scrapes?.(config, known) ?? [],
    ...(parser && source && { logs: (component, filter) => parseLines(source(component, filter), parser, component) }),
    actions: new Map(spec.actions.map((action) => [action.id, action.bind(client)])),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** Judges one observation; a check that throws is told apart by having no judgements, which the monitor reads as unknown. */
function judge<Observation>(
  invariants: readonly Invariant<Observation>[],
  observation: Observation,
  overrides: Readonly<Record<string, Thresholds>>,
): readonly InvariantJudgement[] {
  return invariants.flatMap((invariant) => {
    const defaults = Object.entries(invariant.thresholds ?? {}).map(([name, threshold]) => [name, threshold.default]);
    const thresholds: Thresholds = { ...Object.fromEntries(defaults), ...overrides[invariant.id] };
    try {
      return invariant.check(observation, thresholds).map((judgement) => ({ ...judgement, invariant: invariant.id }));
    } catch (error) {
      return [brokenCheck(invariant.id, error)];
    }
  });
}

function brokenCheck(invariant: string, error: unknown): InvariantJudgement {
  return {
    invariant,
    entity: `invariant/${invariant}`,
    on: `invariant/${invariant}`,
    verdict: "unknown",
    summary: `Cannot judge "${invariant}": ${messageOf(error)}`,
    evidence: {},
  };
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

function parseConfig<Config extends v.GenericSchema>(id: string, schema: Config, raw: unknown): v.InferOutput<Config> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new InvalidInputError(
    `Cannot use configuration of "${id}" at "${v.getDotPath(issue) ?? "."}": ${issue.message}`,
  );
}
