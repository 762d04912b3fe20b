/** `bun run prove [name …]`: the long proofs. What has come out once at a commit is not run again there, unless it is named. */

import { join } from "node:path";

/** Each prints what it does, and answers its figures as Markdown and whether its promise held. */
export interface Proof {
  readonly held: boolean;
  readonly figures: string;
}

const PROOFS: ReadonlyMap<string, () => Promise<Proof>> = new Map([
  ["doctor", () => import("./doctor.ts").then(({ proveDoctor }) => proveDoctor())],
  ["limiter-script", () => import("./limiter-script.ts").then(({ proveLimiterScript }) => proveLimiterScript())],
  ["limiter-shares", () => import("./limiter-shares.ts").then(({ proveShares }) => proveShares())],
  ["limiter-latency", () => import("./limiter-latency.ts").then(({ proveLatency }) => proveLatency())],
  ["limiter-stops", () => import("./limiter-stops.ts").then(({ proveStops }) => proveStops())],
  ["cluster", () => import("./cluster.ts").then(({ proveCluster }) => proveCluster())],
  ["healthy", () => import("./healthy.ts").then(({ proveHealthy }) => proveHealthy())],
  ["storms", () => import("./storms.ts").then(({ proveStorms }) => proveStorms())],
  ["bundles", () => import("./bundles.ts").then(({ proveBundles }) => proveBundles())],
  ["kill", () => import("./kill.ts").then(({ proveKill }) => proveKill())],
]);

const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
const asked = process.argv.slice(2);
const unknown = asked.find((name) => ![...PROOFS.keys()].some((proof) => isNamedBy(name, proof)));
if (unknown !== undefined) {
  console.error(`Cannot find proof "${unknown}", expected one of ${[...PROOFS.keys()].join(", ")}`);
  process.exit(2);
}
let allHeld = true;
for (const [name, prove] of PROOFS) {
  if (asked.length > 0 ? !asked.some((one) => isNamedBy(one, name)) : await isProved(name)) continue;
  const { held, figures } = await prove();
  allHeld &&= held;
  console.log(`${figures}\n\n${name}: ${held ? "held" : "BROKEN"}`);
  await Bun.write(figuresOf(name), `${heading(name, held)}\n\n${figures}\n`);
}
process.exit(allHeld ? 0 : 1);

/** All proofs of one subject are named by its name: `limiter` stands for `limiter-script` and the like. */
function isNamedBy(asked: string, name: string): boolean {
  return name === asked || name.startsWith(`${asked}-`);
}

async function isProved(name: string): Promise<boolean> {
  const file = Bun.file(figuresOf(name));
  return (await file.exists()) && (await file.text()).startsWith(heading(name, true));
}

function heading(name: string, held: boolean): string {
  return `<!-- bun run prove ${name}: ${held ? "held" : "BROKEN"} at ${commit} -->`;
}

function figuresOf(name: string): string {
  return join(import.meta.dir, "figures", `${name}.md`);
}
