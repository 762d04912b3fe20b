/** Reads the PetShop cases: a healthy baseline of two days, and windows of five rows of which the last three are in the fault. */

import { join } from "node:path";
import { isCallersView } from "../../../src/core/diagnosis/ranking/names.ts";
import { readCsv } from "../../../src/core/text/csv.ts";
import { type LabelledCase, plainTable } from "./case.ts";

const STEP_MS = 300_000;
const ROWS_BEFORE = 2;
const WINDOW_ROWS = 3;

/** What `target.json` of an issue holds. */
interface Target {
  readonly target: { readonly node: string; readonly metric: string };
  readonly root_cause: { readonly node: string };
}

interface Columns {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All cases of the folder of one load, `train` and `test` as groups of their own. */
export async function petshopCases(folder: string): Promise<readonly LabelledCase[]> {
  const baseline = await columnsOf(join(folder, "noissue", "metrics.csv"));
  const calls = await callsOf(join(folder, "graph.csv"));
  const files = await Array.fromAsync(new Bun.Glob("{train,test}/*/target.json").scan(folder));
  return Promise.all(
    files.toSorted().map(async (file): Promise<LabelledCase> => {
      const issue = join(folder, file, "..");
      const { target, root_cause: cause }: Target = await Bun.file(join(folder, file)).json();
      const window = await columnsOf(join(issue, "metrics.csv"));
      const rows = baseline.rows.length + ROWS_BEFORE;
      const signal = target.metric === "availability" ? "error" : "latency";
      return {
        id: `petshop/${file}`,
        group: `PetShop low, ${file.split("/")[0]}`,
        table: joined(baseline, window),
        question: {
          onsetMs: rows * STEP_MS,
          windowMs: (WINDOW_ROWS - 1) * STEP_MS,
          calls,
          symptom: { component: target.node, signal },
          isOutside: isCallersView,
        },
        truth: cause.node,
      };
    }),
  );
}

/** The rows of the window behind those of the baseline, as if they followed. */
function joined(baseline: Columns, window: Columns): LabelledCase["table"] {
  const names = [...new Set([...baseline.names, ...window.names])];
  const length = baseline.rows.length + window.rows.length;
  return plainTable(
    Array.from({ length }, (_, row) => row * STEP_MS),
    names.map((name) => {
      const cells = [baseline, window].flatMap(({ names, rows }) => {
        const column = names.indexOf(name);
        return rows.map((row) => (column === -1 ? undefined : row[column]));
      });
      return { name, cells };
    }),
  );
}

/** Three rows of headings, one that names the index, then one row per moment. */
async function columnsOf(path: string): Promise<Columns> {
  const [components = [], metrics = [], statistics = [], , ...rows] = readCsv(await Bun.file(path).text());
  return {
    names: components.slice(1).map((component, index) => `${component}_${metrics[index + 1]}_${statistics[index + 1]}`),
    rows: rows.map((row) => row.slice(1)),
  };
}

/** A row calls the columns that are 1. */
async function callsOf(path: string): Promise<readonly (readonly [string, string])[]> {
  const [[, ...callees] = [], ...rows] = readCsv(await Bun.file(path).text());
  return rows.flatMap(([caller = "", ...cells]) =>
    cells.flatMap((cell, index) => (Number(cell) === 1 ? [[caller, callees[index] ?? ""] as const] : [])),
  );
}
