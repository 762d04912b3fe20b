/**
 * TiKV at the design point, 1,000 stores and 1,000,000 regions: what a look at all of them takes, what it adds to the watcher's
 * memory, what writing the round costs, and what PD is asked. The cluster is a process of its own, made of recordings.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "../../../src/core/subject/subject.ts";
import { openDatabase } from "../../../src/database/mod.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { runRound, startWatch } from "../../../src/monitor/round.ts";
import { openSubject } from "../../../src/runtime/subjects/open-subject.ts";
import { PdClient } from "../../../src/subjects/tikv/client/pd-client.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { median } from "../processes.ts";
import { costTable, listLine } from "./cost-to-pd.ts";
import { startCluster } from "./start-cluster.ts";

/** Rounds in which every probe reads anew, and rounds at the default pace, in which each probe keeps its own. */
const WHOLE = { rounds: 10, everyMs: 1500 };
const PACED = { rounds: 12, everyMs: 5000 };
/** Milliseconds between two readings of the process's memory. */
const SAMPLED_EVERY_MS = 20;

const GOALS = { lookMs: 1000, growthMb: 150, writingCpuMs: 120 };

/** Watches it well, then with every region short of a replica, and answers the tables as Markdown. */
export async function benchScale(): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "operator-bench-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const cluster = stack.use(await startCluster());
  const database = stack.use(openDatabase(join(folder, "operator.db")));
  const configured = tikv.configure({ pd: cluster.pd, prometheus: cluster.prometheus, metricsWindow: "1m" });
  Bun.gc(true);
  const memory = { beforeBytes: process.memoryUsage().rss, mostBytes: 0 };
  const sampling = setInterval(() => noteMemory(memory), SAMPLED_EVERY_MS);
  stack.defer(() => clearInterval(sampling));
  const opened = stack.use(
    await openSubject({ subject: tikv, name: "scale", configured }, { database, clock: systemClock }),
  );
  const watching = watchingOf(opened.session, memory);
  const options = { ...opened.monitoring, actor: "monitor/bench" as const, signal: new AbortController().signal };
  const watch = startWatch(watching.session, options, 60_000);
  const measure = async () => {
    const figures = await rounds(watch, watching, WHOLE);
    await cluster.counts();
    await rounds(watch, watching, PACED);
    return { figures, counts: await cluster.counts() };
  };
  const quiet = await measure();
  await cluster.breakRegions();
  const list = { readBytes: await readOneList(cluster.pd), counts: await cluster.counts() };
  const storm = await measure();
  const growthMb = (memory.mostBytes - memory.beforeBytes) / 1e6;
  return [
    ...figuresTable(
      [
        ["all is well", quiet.figures],
        ["every region lacks a replica", storm.figures],
      ],
      growthMb,
    ),
    "",
    ...costTable(quiet.counts, storm.counts),
    listLine(list),
  ].join("\n");
}

async function readOneList(address: string): Promise<number> {
  const pd = new PdClient({ addresses: [address], timeoutMs: 10_000 });
  return (await pd.regionsOf("miss-peer", AbortSignal.timeout(10_000))).bytes;
}

/** What one round took. */
interface Figures {
  readonly lookMs: number;
  readonly lookCpuMs: number;
  readonly writingCpuMs: number;
  readonly violated: number;
}

interface Watching {
  readonly session: Session;
  /** The last look. */
  readonly look: { isWhole: boolean; wallMs: number; cpuMs: number; failed: readonly string[]; violated: number };
}

/** The session, whose looks are timed apart from what is made of them. */
function watchingOf(session: Session, memory: { mostBytes: number }): Watching {
  const look: Watching["look"] = { isWhole: true, wallMs: 0, cpuMs: 0, failed: [], violated: 0 };
  const timed: Session = Object.create(session, {
    look: {
      value: async (options: Parameters<Session["look"]>[0]) => {
        const begun = { atMs: performance.now(), cpu: process.cpuUsage() };
        const begunAfterMs = systemClock.monotonic();
        const checkup = await session.look({ ...options, ...(look.isWhole && { begunAfterMs }) });
        look.wallMs = performance.now() - begun.atMs;
        look.cpuMs = cpuSince(begun.cpu);
        look.failed = failuresIn(checkup.observation);
        look.violated = checkup.judgements.filter(({ verdict }) => verdict === "violated").length;
        noteMemory(memory);
        return checkup;
      },
    },
  });
  return { session: timed, look };
}

function noteMemory(memory: { mostBytes: number }): void {
  memory.mostBytes = Math.max(memory.mostBytes, process.memoryUsage().rss);
}

async function rounds(
  watch: ReturnType<typeof startWatch>,
  { look }: Watching,
  pace: typeof WHOLE,
): Promise<readonly Figures[]> {
  look.isWhole = pace === WHOLE;
  const all: Figures[] = [];
  for (let round = 0; round < pace.rounds; round++) {
    const begunMs = performance.now();
    const cpu = process.cpuUsage();
    await runRound(watch, { atMs: Math.round(systemClock.now()), stepped: false });
    if (look.failed.length > 0)
      throw new Error(`Cannot measure a look in which a probe failed: ${look.failed.join("; ")}`);
    const { wallMs: lookMs, cpuMs: lookCpuMs, violated } = look;
    all.push({ lookMs, lookCpuMs, writingCpuMs: cpuSince(cpu) - lookCpuMs, violated });
    await systemClock.sleep(Math.max(0, pace.everyMs - (performance.now() - begunMs)));
  }
  return all;
}

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function failuresIn(observation: unknown): readonly string[] {
  return Object.entries(Object(observation)).flatMap(([probe, read]) =>
    typeof read === "object" && read !== null && "failed" in read ? [`${probe}: ${String(read.failed)}`] : [],
  );
}

function figuresTable(cases: readonly (readonly [name: string, rounds: readonly Figures[]])[], growthMb: number) {
  const of = (rounds: readonly Figures[], figure: keyof Figures) => rounds.map((round) => round[figure]);
  const rows = cases.map(([name, rounds]) => {
    const looks = of(rounds, "lookMs");
    const writing = median(of(rounds, "writingCpuMs"));
    const cells = [name, looks[0]?.toFixed(0), median(looks).toFixed(0), Math.max(...looks).toFixed(0)];
    const costs = [median(of(rounds, "lookCpuMs")).toFixed(0), writing.toFixed(0), median(of(rounds, "violated"))];
    return `| ${[...cells, ...costs].join(" | ")} |`;
  });
  const met = (figure: number, goal: number) => (figure < goal ? "met" : "missed");
  const slowest = Math.max(...cases.map(([, rounds]) => median(of(rounds, "lookMs"))));
  const writing = Math.max(...cases.map(([, rounds]) => median(of(rounds, "writingCpuMs"))));
  return [
    "| 1,000 stores, 1,000,000 regions, one Prometheus with all stores | first look, ms | look, median ms | look, longest ms | look, CPU ms | writing, CPU ms | violated |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
    "| | worse case | goal, under | |",
    "|---|---|---|---|",
    `| a look, all probes, median ms | ${slowest.toFixed(0)} | ${GOALS.lookMs} | ${met(slowest, GOALS.lookMs)} |`,
    `| memory of the watcher, growth at most, MB | ${growthMb.toFixed(0)} | ${GOALS.growthMb} | ${met(growthMb, GOALS.growthMb)} |`,
    `| writing of a round, CPU ms | ${writing.toFixed(0)} | ${GOALS.writingCpuMs} | ${met(writing, GOALS.writingCpuMs)} |`,
  ];
}
