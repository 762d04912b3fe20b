/** Reads the Nezha cases: one file per pod and day at a step of a minute, and a list of what was injected when. */

import { join } from "node:path";
import { readCsv } from "../../../src/core/text/csv.ts";
import { type LabelledCase, plainTable } from "./case.ts";

const STEP_MS = 60_000;
const BASELINE_ROWS = 60;
const WINDOW_ROWS = 4;
/** Columns before the quantities: time, time stamp, pod. */
const HEADINGS = 3;

/** One entry of a fault list. */
interface Injected {
  readonly inject_time: string;
  readonly inject_pod: string;
  readonly inject_type: string;
}

/** The cases of one folder per day; faults that do not show in metrics are a group of their own. */
export async function nezhaCases(folder: string): Promise<readonly LabelledCase[]> {
  const calls = readCsv(await Bun.file(join(folder, "ob_call_graph.csv")).text())
    .slice(1)
    .map(([caller = "", callee = ""]) => [caller, callee] as const);
  const lists = await Array.fromAsync(new Bun.Glob("*/*-fault_list.json").scan(folder));
  const days = await Promise.all(lists.toSorted().map((list) => dayOf(folder, list.split("/")[0] ?? "")));
  return days.flatMap(({ day, pods, injected }) => {
    return injected.map(({ inject_time, inject_pod, inject_type }, index): LabelledCase => {
      const onsetMs = Date.parse(`${inject_time}Z`);
      const truth = serviceOf(inject_pod);
      const table = tableOf(pods, Math.ceil(onsetMs / STEP_MS));
      return {
        id: `nezha/${day}/${index}-${truth}-${inject_type}`,
        group: `Nezha ${inject_type.startsWith("cpu") ? "CPU" : "network and code"}, ${day}`,
        table,
        question: { onsetMs, windowMs: WINDOW_ROWS * STEP_MS, calls },
        truth,
      };
    });
  });
}

interface Pod {
  readonly service: string;
  readonly names: readonly string[];
  readonly rows: ReadonlyMap<number, readonly string[]>;
}

async function dayOf(folder: string, day: string) {
  const files = await Array.fromAsync(new Bun.Glob("*-*_metric.csv").scan(join(folder, day, "metric")));
  const pods = await Promise.all(files.toSorted().map((file) => podOf(join(folder, day, "metric", file))));
  const list: Record<string, readonly Injected[]> = await Bun.file(join(folder, day, `${day}-fault_list.json`)).json();
  return { day, pods, injected: Object.values(list).flat() };
}

async function podOf(path: string): Promise<Pod> {
  const [headings = [], ...rows] = readCsv(await Bun.file(path).text());
  const minuteOf = ([time = ""]: readonly string[]): number =>
    Math.floor(Date.parse(`${time.slice(0, 19)}Z`) / STEP_MS);
  return {
    service: serviceOf(path.split("/").at(-1) ?? ""),
    names: headings.slice(HEADINGS),
    rows: new Map(rows.map((row) => [minuteOf(row), row.slice(HEADINGS)])),
  };
}

function tableOf(pods: readonly Pod[], onset: number): LabelledCase["table"] {
  const minutes = Array.from({ length: BASELINE_ROWS + WINDOW_ROWS }, (_, row) => onset - BASELINE_ROWS + row);
  const known = minutes.filter((minute) => pods.some(({ rows }) => rows.has(minute)));
  return plainTable(
    known.map((minute) => minute * STEP_MS),
    pods.flatMap(({ service, names, rows }) =>
      names.map((name, column) => ({
        name: `${service}_${name}`,
        cells: known.map((minute) => rows.get(minute)?.[column]),
      })),
    ),
  );
}

/** A pod is named `⟨service⟩-⟨hash⟩-⟨hash⟩`. */
function serviceOf(pod: string): string {
  return pod.replace(/-[a-z\d]+-[a-z\d]+(_metric\.csv)?$/, "");
}
