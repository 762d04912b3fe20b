/** `bun run prove [name …] [--seed N] [--times N] [--only attempt] [--shard 1/2] [--subject ID] [--for 10m] [--from COMMIT]`: the long proofs. What has come out once at a commit is not run again there, unless it is named. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { titleOf } from "../../src/core/words/instance.ts";
import { isEmulated } from "../../src/deployments/deployment.ts";
import { labIds, loadLab } from "../../src/runtime/subjects/labs.ts";

/** Each prints what it does, and answers its figures as Markdown and whether its promise held. */
export interface Proof {
  /** Or that what it takes is not there, or that a part of it is still to be done. */
  readonly held: boolean | "not measured" | "partial";
  readonly figures: string;
}

/** What a person may say of a proof that is made of many attempts. */
export interface ProofOptions {
  readonly commit: string;
  readonly seed?: number;
  /** How many seeds from that one on; all that the proof takes where there is none. */
  readonly times?: number;
  /** Attempts that are meant, by name; all where none is named. */
  readonly only: readonly string[];
  /** Which part of how many is done here. */
  readonly shard?: readonly [part: number, parts: number];
  /** The one lab that is meant; all where none is named. */
  readonly subject?: string;
  /** A duration after which what is left is for another run. */
  readonly forText?: string;
  /** The commit whose records are used, and none made. */
  readonly from?: string;
}

/** Nothing where what is meant is none of its own. */
type Prove = (options: ProofOptions) => Promise<Proof | undefined>;

const PROOFS: ReadonlyMap<string, Prove> = new Map<string, Prove>([
  ["doctor", (options) => import("./doctor.ts").then(({ proveDoctor }) => proveDoctor(options))],
  ["limiter-script", () => import("./limiter-script.ts").then(({ proveLimiterScript }) => proveLimiterScript())],
  ["limiter-shares", () => import("./limiter-shares.ts").then(({ proveShares }) => proveShares())],
  ["limiter-latency", () => import("./limiter-latency.ts").then(({ proveLatency }) => proveLatency())],
  ["limiter-stops", () => import("./limiter-stops.ts").then(({ proveStops }) => proveStops())],
  ["cluster", () => import("./cluster.ts").then(({ proveCluster }) => proveCluster())],
  ["healthy", () => import("./healthy.ts").then(({ proveHealthy }) => proveHealthy())],
  ["storms", () => import("./storms.ts").then(({ proveStorms }) => proveStorms())],
  ["bundles", (options) => import("./bundles.ts").then(({ proveBundles }) => proveBundles(options))],
  ["claude", () => import("./claude.ts").then(({ proveClaude }) => proveClaude())],
  ["situations", (options) => import("./situations/subjects.ts").then((all) => all.proveLimiterSituations(options))],
  ["situations-tikv", (options) => import("./situations/subjects.ts").then((all) => all.proveTikvSituations(options))],
  ["eval", (options) => import("./eval.ts").then(({ proveEval }) => proveEval(options))],
  ["kill", () => import("./kill.ts").then(({ proveKill }) => proveKill())],
]);

const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
const { positionals: asked, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    times: { type: "string" },
    only: { type: "string", multiple: true },
    shard: { type: "string" },
    subject: { type: "string" },
    for: { type: "string" },
    from: { type: "string" },
  },
});
const [part, parts] = (values.shard ?? "1/1").split("/").map(Number);
const options: ProofOptions = {
  commit,
  only: values.only ?? [],
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
  ...(values.times !== undefined && { times: Number(values.times) }),
  ...(values.subject !== undefined && { subject: values.subject }),
  ...(values.for !== undefined && { forText: values.for }),
  ...(values.from !== undefined && { from: values.from }),
  shard: [part ?? 1, parts ?? 1],
};
const unknown = asked.find((name) => ![...PROOFS.keys()].some((proof) => isNamedBy(name, proof)));
if (unknown !== undefined) {
  console.error(`Cannot find proof "${unknown}", expected one of ${[...PROOFS.keys()].join(", ")}`);
  process.exit(2);
}
let allHeld = true;
for (const [name, prove] of PROOFS) {
  if (asked.length > 0 ? !asked.some((one) => isNamedBy(one, name)) : await isProved(name)) continue;
  const proof = await prove(options);
  if (!proof) continue;
  const { held } = proof;
  const figures = [...(await marksOf(`${name} ${proof.figures}`)), proof.figures].join("\n\n");
  allHeld &&= held !== false;
  console.log(`${figures}\n\n${name}: ${wordOf(held)}`);
  await Bun.write(figuresOf(name), `${heading(name, held)}\n\n${figures}\n`);
}
process.exit(allHeld ? 0 : 1);

/** Says of each subject that figures name, and whose clusters here stand in for the real one, that they do. */
async function marksOf(text: string): Promise<readonly string[]> {
  const labs = await Promise.all(labIds().map(loadLab));
  return labs
    .filter(({ subject, up }) => isEmulated(v.parse(up, {})) && new RegExp(`\\b${subject}\\b`).test(text))
    .map(({ subject: name }) => `Measured on: ${titleOf({ subject: name, name, emulated: true })}.`);
}

/** All proofs of one subject are named by its name: `limiter` stands for `limiter-script` and the like. */
function isNamedBy(asked: string, name: string): boolean {
  return name === asked || name.startsWith(`${asked}-`);
}

async function isProved(name: string): Promise<boolean> {
  const file = Bun.file(figuresOf(name));
  return (await file.exists()) && (await file.text()).startsWith(heading(name, true));
}

function heading(name: string, held: Proof["held"]): string {
  return `<!-- bun run prove ${name}: ${wordOf(held)} at ${commit} -->`;
}

function wordOf(held: Proof["held"]): string {
  if (typeof held === "string") return held;
  return held ? "held" : "BROKEN";
}

function figuresOf(name: string): string {
  return join(import.meta.dir, "figures", `${name}.md`);
}
