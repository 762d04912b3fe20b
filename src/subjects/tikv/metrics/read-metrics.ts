/** What the metrics of all stores and of PD come to at one moment: rates and quantiles need a past, which is handed in. */

import type { SeriesSource, SeriesWindow } from "../../../core/system/series.ts";
import { inTurns } from "../in-turns.ts";
import { type Arrivals, arrivalsOf } from "./arrivals.ts";
import { LABELLED_STORE_QUESTIONS, PD_QUESTIONS, type Question, REGION_STATUS, STORE_QUESTIONS } from "./questions.ts";
import { POOL_QUESTIONS, type PoolUse, poolsOf } from "./thread-pools.ts";

/** Figures of one store; each is absent where its past is not known. */
export type StoreMetrics = { readonly [Name in keyof typeof STORE_QUESTIONS]?: number } & {
  /** From 1 to 100; the highest of its kinds. */
  readonly slowScore?: number;
  /** Messages per second that did not reach another store, by its id. */
  readonly unreachablePerSecond: Readonly<Record<string, number>>;
  /** Which parts say that they are busy. */
  readonly busy: readonly string[];
  /** How much of its threads each pool uses. */
  readonly pools: readonly PoolUse[];
  /** What has arrived from other stores since which of them were lost; absent where it does not count what arrives. */
  readonly arrivals?: Arrivals;
};

/** Figures of one PD. */
export type PdMetrics = { readonly [Name in keyof typeof PD_QUESTIONS]?: number };

/** Everything that the metrics say. */
export interface TikvMetrics {
  /** By `host:port` of the page that they come from: of a store its status port. */
  readonly stores: Readonly<Record<string, StoreMetrics>>;
  readonly pds: Readonly<Record<string, PdMetrics>>;
  /** Address of the Prometheus that keeps them; absent where they are read from PD and the stores themselves. */
  readonly keeper?: string;
  /** How many regions PD counts by what is wrong with them, for instance `miss-peer-region-count`; absent where not known. */
  readonly regions?: Readonly<Record<string, number>>;
}

/** From where and over how long they are read. */
export interface MetricsRequest {
  readonly series: SeriesSource;
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly overMs: number;
  /** What was read last. */
  readonly previous?: TikvMetrics | undefined;
}

/**
 * Asks one question per figure.
 * @throws {ProbeError} If the keeper of the past does not answer.
 */
export async function readMetrics(request: MetricsRequest): Promise<TikvMetrics> {
  const stores = await figuresOf(STORE_QUESTIONS, request);
  const pools = await figuresOf(POOL_QUESTIONS, request);
  const labelled = await answersTo(LABELLED_STORE_QUESTIONS, request);
  const pds = await figuresOf(PD_QUESTIONS, request);
  const regions = await ask(REGION_STATUS, request, ["type"]);
  const byType = Object.fromEntries(
    regions.flatMap(({ labels, value }) => (labels["type"] ? [[labels["type"], value]] : [])),
  );
  return {
    stores: Object.fromEntries(
      [...stores].map(([instance, figures]) => {
        const own = storeMetrics(instance, figures, labelled);
        const unreachableMessages = byStore(labelled("unreachableMessages", instance));
        const arrivals = arrivalsOf(
          { ...own, unreachableMessages },
          { previous: request.previous?.stores[instance]?.arrivals, atMs: request.atMs },
        );
        return [instance, { ...own, pools: poolsOf(pools.get(instance) ?? {}), ...(arrivals && { arrivals }) }];
      }),
    ),
    pds: Object.fromEntries(pds),
    ...(regions.length > 0 && { regions: byType }),
  };
}

/** Questions under way at once: an answer of a thousand series is a megabyte until it has been taken apart. */
const AT_ONCE = 6;

/** One value, with the labels that it is told apart by. */
interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The answers to a question by instance. */
type Answers<Name extends string> = (name: Name, instance: string) => readonly Answer[];

function storeMetrics(
  instance: string,
  figures: Partial<Readonly<Record<keyof typeof STORE_QUESTIONS, number>>>,
  labelled: Answers<keyof typeof LABELLED_STORE_QUESTIONS>,
): Omit<StoreMetrics, "pools" | "arrivals"> {
  const own = (name: keyof typeof LABELLED_STORE_QUESTIONS): readonly Answer[] => labelled(name, instance);
  const scores = own("slowScores").map(({ value }) => value);
  return {
    ...figures,
    ...(scores.length > 0 && { slowScore: Math.max(...scores) }),
    unreachablePerSecond: byStore(own("unreachablePerSecond")),
    busy: own("busyProcesses").flatMap(({ labels, value }) => (value > 0 ? [labels["type"] ?? ""] : [])),
  };
}

/** What is counted of any other store, by its id. */
function byStore(answers: readonly Answer[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    answers.flatMap(({ labels, value }) => (value > 0 ? [[labels["store_id"] ?? "", value]] : [])),
  );
}

/** The figures of each instance by name. */
async function figuresOf<Name extends string>(
  questions: Readonly<Record<Name, Question>>,
  request: MetricsRequest,
): Promise<ReadonlyMap<string, Readonly<Partial<Record<Name, number>>>>> {
  const figures = new Map<string, Partial<Record<Name, number>>>();
  // What an answer says is taken over as it comes, and the answer let go.
  await inTurns(namesOf(questions), AT_ONCE, async (name) => {
    for (const { labels, value } of await ask(questions[name], request, ["instance"])) {
      const instance = labels["instance"] ?? "";
      const own: Partial<Record<Name, number>> = figures.get(instance) ?? {};
      own[name] = value;
      figures.set(instance, own);
    }
  });
  return figures;
}

/** The answers to questions that tell figures apart by one more label, grouped by instance once. */
async function answersTo<Name extends string>(
  questions: Readonly<Record<Name, Question>>,
  request: MetricsRequest,
): Promise<Answers<Name>> {
  const asked = await inTurns(namesOf(questions), AT_ONCE, async (name) => {
    const question: Question = questions[name];
    const { by } = question;
    const answers = await ask(question, request, ["instance", ...(by === undefined ? [] : [by])]);
    return [name, Map.groupBy(answers, ({ labels }) => labels["instance"] ?? "")] as const;
  });
  const byName = new Map(asked);
  return (name, instance) => byName.get(name)?.get(instance) ?? [];
}

function namesOf<Name extends string>(questions: Readonly<Record<Name, Question>>): readonly Name[] {
  return Object.keys(questions).filter((name): name is Name => Object.hasOwn(questions, name));
}

async function ask(
  { metric, labels, aggregation, isCount = false }: Question,
  { series, signal, atMs, overMs }: MetricsRequest,
  sumBy: readonly string[],
): Promise<readonly Answer[]> {
  const range = { startMs: atMs, endMs: atMs, stepMs: 1000 };
  const question = { metric, ...(labels && { labels }), aggregation, overMs, sumBy, isCount, range };
  const windows = await series(question, signal);
  return windows.flatMap(answerOf);
}

function answerOf({ labels, points }: SeriesWindow): readonly Answer[] {
  const value = points.at(-1)?.value;
  return value === undefined || !Number.isFinite(value) ? [] : [{ labels, value }];
}
