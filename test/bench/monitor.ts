/**
 * The core part of a checkup at the design point, 1,000 components and 20,000 series: what following, writing and keeping
 * samples costs, the subject's own observing left out; and whether memory stays flat over many rounds.
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Checkup, InvariantJudgement } from "../../src/core/subject/checkup.ts";
import type { InvariantInfo, Session } from "../../src/core/subject/subject.ts";
import type { Component, Link, Series } from "../../src/core/system/picture.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import type { CheckupOptions } from "../../src/monitor/mod.ts";
import { runRound, startWatch } from "../../src/monitor/round.ts";

interface Size {
  readonly components: number;
  readonly series: number;
  readonly invariants: number;
  readonly rounds: number;
  /** Share of the components that are violated in a round. */
  readonly troubled: number;
  /** Of one invariant every entity is violated from the beginning, all on one component. */
  readonly storm?: boolean;
}

const QUIET: Size = { components: 1000, series: 20_000, invariants: 5, rounds: 100, troubled: 0 };

const CASES: readonly (readonly [name: string, size: Size])[] = [
  ["steady", QUIET],
  ["a thousand violated on one component", { ...QUIET, storm: true }],
  ["one in a hundred changing", { components: 1000, series: 20_000, invariants: 5, rounds: 100, troubled: 0.01 }],
  ["16 invariants", { components: 1000, series: 1000, invariants: 16, rounds: 40, troubled: 0 }],
  ["200 invariants", { components: 1000, series: 1000, invariants: 200, rounds: 20, troubled: 0 }],
  ["memory over 10,000 rounds", { components: 50, series: 500, invariants: 5, rounds: 10_000, troubled: 0.02 }],
];

/** Measures every case and answers the table as Markdown. */
export async function benchMonitor(): Promise<string> {
  const rows: string[] = [];
  for (const [name, size] of CASES) rows.push(await measure(name, size));
  const head =
    "| case | components | series | invariants | first round | median | p99 | median CPU | resident MB, start to end | file MB |\n|---|---|---|---|---|---|---|---|---|---|";
  return [head, ...rows].join("\n");
}

async function measure(name: string, size: Size): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "operator-bench-"));
  const path = join(folder, "operator.db");
  const database = openDatabase(path);
  try {
    const { costsMs, cpuMs, residentMb } = await runRounds(size, database);
    const sorted = costsMs.slice(1).toSorted((a, b) => a - b);
    const fileMb = statSync(path).size / 1024 ** 2;
    const cpu = cpuMs.slice(1).toSorted((a, b) => a - b);
    const cells = [ms(costsMs[0]), ms(at(sorted, 0.5)), ms(at(sorted, 0.99)), ms(at(cpu, 0.5)), residentMb.join(" ")];
    return `| ${name} | ${size.components} | ${size.series} | ${size.invariants} | ${cells.join(" | ")} | ${fileMb.toFixed(0)} |`;
  } finally {
    database[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  }
}

async function runRounds(
  size: Size,
  database: Database,
): Promise<{ costsMs: number[]; cpuMs: number[]; residentMb: number[] }> {
  const observed: Cost[] = [];
  const watch = startWatch(synthetic(size, observed), optionsFor(database, size), 60_000);
  const costsMs: number[] = [];
  const cpuMs: number[] = [];
  const residentMb: number[] = [];
  for (let round = 0; round < size.rounds; round++) {
    const begun = startCost();
    await runRound(watch, { atMs: 1_700_000_000_000 + round * 5000, stepped: false });
    const { wallMs, cpuMs: spent } = costSince(begun);
    costsMs.push(wallMs - (observed.at(-1)?.wallMs ?? 0));
    cpuMs.push(spent - (observed.at(-1)?.cpuMs ?? 0));
    if (round % Math.ceil(size.rounds / 5) === 0) {
      Bun.gc(true);
      residentMb.push(Math.round(process.memoryUsage().rss / 1024 ** 2));
    }
  }
  return { costsMs, cpuMs, residentMb };
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

function startCost(): Cost {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
}

function costSince(begun: Cost): Cost {
  const now = startCost();
  return { wallMs: now.wallMs - begun.wallMs, cpuMs: now.cpuMs - begun.cpuMs };
}

function invariantsOf({ invariants }: Size): readonly string[] {
  return Array.from({ length: invariants }, (_, index) => `invariant-${index}`);
}

function optionsFor(database: Database, size: Size): CheckupOptions {
  return {
    database,
    instance: database.instances.ensure({ subject: "synthetic", name: "bench" }),
    invariants: invariantsOf(size).map((id): InvariantInfo => {
      const terms = { severity: "warning", graceMs: 15_000, rationale: "", everyMs: 0 } as const;
      return { id, ...terms, thresholds: {}, reasons: ["measured"] };
    }),
    clock: systemClock,
    actor: "monitor/bench",
    series: async () => [],
    signal: new AbortController().signal,
  };
}

/** Builds each checkup outside the measured time. */
function synthetic(size: Size, observed: Cost[]): Session {
  const { components: count, series: many, troubled, storm = false } = size;
  const invariants = invariantsOf(size);
  const components: Component[] = Array.from({ length: count }, (_, index) => ({
    id: `part/${index}`,
    kind: "part",
    state: "up",
    address: `10.0.0.1:${index}`,
    version: "1.0.0",
    startedAtMs: 1,
  }));
  const links: Link[] = components.flatMap(({ id }, index) =>
    [1, 2, 3].map(
      (step): Link => ({ from: id, to: `part/${(index + step) % count}`, kind: "tcp", state: "up", latencyMs: 1 }),
    ),
  );
  const topology = { components, links, groups: [] };
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const checkup = (): Checkup => ({
    startedAtMs: 0,
    elapsedMs: 0,
    judgements: components.flatMap(({ id }) =>
      invariants.map((invariant): InvariantJudgement => {
        const isStruck = storm && invariant === invariants[0];
        const verdict = isStruck || random() < troubled ? "violated" : "holds";
        const said = { verdict, reason: "measured", summary: `${id} ${verdict}`, evidence: { value: 1 } } as const;
        const on = isStruck ? "part/0" : id;
        return { invariant, entity: id, on, readAtMs: performance.now(), ...said };
      }),
    ),
    picture: {
      atMs: 0,
      components: components.map((component) => ({ ...component })),
      links: links.map((link) => ({ ...link })),
      series: Array.from(
        { length: many },
        (_, index): Series => ({
          name: `measure_${Math.floor(index / count)}_seconds`,
          component: `part/${index % count}`,
          unit: "seconds",
          kind: "gauge",
          signal: "latency",
          value: random(),
        }),
      ),
    },
    topology,
    retired: [],
    sources: [],
    observation: { parts: count },
  });
  return {
    look: async () => {
      const begun = startCost();
      const made = checkup();
      observed.push(costSince(begun));
      return made;
    },
    topology: () => topology,
    scrapes: () => [],
    inspections: [],
    actions: new Map(),
    [Symbol.asyncDispose]: async () => {},
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function ms(value = 0): string {
  return `${value.toFixed(1)} ms`;
}
