/** How often the ranker is right on labelled public cases, how far its confidence is to be trusted, and what it costs. */

import { join } from "node:path";
import { type Ranking, rank } from "../../../src/core/diagnosis/ranking/rank.ts";
import { seededRandom } from "../../../src/core/system/random.ts";
import { median } from "../processes.ts";
import type { LabelledCase } from "./case.ts";
import { largestZ } from "./largest-z.ts";
import { nezhaCases } from "./nezha.ts";
import { petshopCases } from "./petshop.ts";

const SERIES = 1000;
const POINTS = 600;
const ROUNDS = 15;
const GOAL_MS = 100;

interface Scored {
  readonly of: LabelledCase;
  readonly ranking: Ranking | undefined;
  /** Place of the true component, 0 the first; negative where it is not listed. */
  readonly place: number;
  /** The same without the calls between components. */
  readonly placeAlone: number;
  readonly placeByLargestZ: number;
}

/** Ranks every case of a folder of data sets, and a generated table; answers the tables as Markdown. */
export async function benchRank(data: string | undefined): Promise<string> {
  const accuracy =
    data === undefined ? "Accuracy not measured: name the data with --data <folder>." : await accuracyOn(data);
  return [accuracy, cost()].join("\n\n");
}

async function accuracyOn(data: string): Promise<string> {
  const cases = [
    ...(await petshopCases(join(data, "petshop", "low_traffic"))),
    ...(await nezhaCases(join(data, "nezha-online-boutique"))),
  ];
  if (cases.length === 0) return `Accuracy not measured: no cases lie in ${data}.`;
  const scored = cases.map(score);
  const rows = [...Map.groupBy(scored, ({ of }) => of.group)].map(
    ([group, own]) =>
      `| ${group} | ${own.length} | ${rate(own, "place", 1)} | ${rate(own, "place", 3)} | ${rate(own, "placeAlone", 1)} | ${rate(own, "placeByLargestZ", 1)} |`,
  );
  return [
    "| data set | cases | AC@1 | AC@3 | AC@1 without edges | AC@1 of the largest z |\n|---|---|---|---|---|---|",
    ...rows,
    "",
    ...confidenceRows(scored),
  ].join("\n");
}

function score(of: LabelledCase): Scored {
  const ranking = rank(of.table, of.question);
  const { calls: _calls, ...alone } = of.question;
  const placeIn = (found: Ranking | undefined): number =>
    (found?.components ?? []).findIndex(({ component }) => component === of.truth);
  return {
    of,
    ranking,
    place: placeIn(ranking),
    placeAlone: placeIn(rank(of.table, alone)),
    placeByLargestZ: largestZ(of).indexOf(of.truth),
  };
}

function rate(scored: readonly Scored[], place: "place" | "placeAlone" | "placeByLargestZ", among: number): string {
  const right = scored.filter((one) => one[place] >= 0 && one[place] < among).length;
  return (right / scored.length).toFixed(2);
}

/** A confidence is worth something if the wrong answers have a low one and the right answers a high one. */
function confidenceRows(scored: readonly Scored[]): readonly string[] {
  const right = scored.filter(({ place }) => place === 0);
  const wrong = scored.filter(({ place }) => place !== 0);
  const share = (list: readonly Scored[], is: (ranking: Ranking) => boolean): string => {
    const count = list.filter(({ ranking }) => ranking && is(ranking)).length;
    return `${count} of ${list.length}`;
  };
  return [
    "| confidence | |\n|---|---|",
    `| right answers with 0.5 or more | ${share(right, ({ confidence }) => confidence >= 0.5)} |`,
    `| wrong answers below 0.5 | ${share(wrong, ({ confidence }) => confidence < 0.5)} |`,
    `| wrong answers with 0.8 or more | ${share(wrong, ({ confidence }) => confidence >= 0.8)} |`,
    `| "likely" and right, of all "likely" | ${share(
      scored.filter(({ ranking }) => ranking?.verdict === "likely"),
      ({ components: [first] }) =>
        right.some(({ of, ranking }) => ranking?.components[0] === first && of.truth === first?.component),
    )} |`,
  ];
}

/** One component in ten has a fault; every series has noise. */
function cost(): string {
  const random = seededRandom(1);
  const signals = [
    "cpu",
    "memory",
    "io",
    "latency",
    "error",
    "traffic",
    "network",
    "latency",
    "cpu",
    "traffic",
  ] as const;
  const series = signals.flatMap((signal, quantity) =>
    Array.from({ length: SERIES / signals.length }, (_, component) => ({
      component: `component/${component}`,
      metric: `quantity_${quantity}`,
      signal,
      values: Float64Array.from(
        { length: POINTS },
        (_, row) => (1 + random() / 5) * (component === 7 && row > POINTS - 40 ? 3 : 1),
      ),
    })),
  );
  const atMs = Array.from({ length: POINTS }, (_, row) => row * 1000);
  const calls = Array.from(
    { length: SERIES / signals.length - 1 },
    (_, at) => [`component/${at}`, `component/${at + 1}`] as const,
  );
  const costMs = Array.from({ length: ROUNDS }, () => {
    const begun = process.cpuUsage();
    rank({ atMs, series }, { onsetMs: (POINTS - 39) * 1000, calls });
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  const ms = median(costMs);
  return [
    `| ${SERIES} series × ${POINTS} points | CPU, ms |\n|---|---|`,
    `| median of ${ROUNDS} rankings | ${ms.toFixed(0)} (goal under ${GOAL_MS}: ${ms < GOAL_MS ? "met" : "missed"}) |`,
    `| slowest, the first | ${Math.max(...costMs).toFixed(0)} |`,
  ].join("\n");
}
