/** `operator load`: sends traffic to a running subject and says what became of it. */

import * as v from "valibot";
import type { LoadReport, LoadTick } from "../../../core/subject/load-report.ts";
import type { Workload } from "../../../core/subject/workload.ts";
import { InvalidInputError, UsageError } from "../../../core/text/errors.ts";
import { Count, DurationMs, formatQuantity, RatePerSecond } from "../../../core/text/units.ts";
import { instanceOf } from "../../../deployments/deployment.ts";
import type { Lab, Strength } from "../../../deployments/lab.ts";
import { openDeployment } from "../../../deployments/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { freshSeed } from "../../../io/seed.ts";
import { PATTERNS } from "../../../load/arrivals.ts";
import { runLoad } from "../../../load/run.ts";
import { readTarget, type Target } from "../../../load/target.ts";
import { flatTick, renderReport, renderTick } from "../../../render/lab/load.ts";
import { labIds, loadLab } from "../../../runtime/subjects/labs.ts";
import { openLiveRegion } from "../../../terminal/live-region.ts";
import type { Runnable } from "../../args/command.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { labCommand } from "../../args/lab-command.ts";
import { type Named, printJson, printText, talkOf } from "../../args/output.ts";

/** A target that is named, not addressed. */
const COMPONENT = /^[\w-]+\/[\w-]+$/;

/** Requests per second, far beyond what one process can send. */
const MAX_RATE = 1_000_000;
const MAX_SEED = 0xffff_ffff;

const SomeTimeMs = v.pipe(DurationMs, v.minValue(1, 'Cannot use no time, expected at least "1ms"'));

const Options = v.object({
  subject: v.optional(v.string()),
  target: v.optional(
    v.union([
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((text) => text.split(",")),
      ),
    ]),
  ),
  rate: v.optional(
    v.pipe(
      RatePerSecond,
      v.gtValue(0, "Cannot send nothing, expected a rate above 0"),
      v.maxValue(MAX_RATE, `Cannot send as much, expected at most ${formatQuantity(MAX_RATE, "1/s")}`),
    ),
  ),
  for: SomeTimeMs,
  pattern: v.picklist(PATTERNS),
  factor: numberBetween(1, 1000),
  every: DurationMs,
  burstFor: DurationMs,
  hotRatio: numberBetween(0, 1),
  keys: v.optional(
    v.pipe(Count, v.minValue(1, "Cannot use no keys"), v.maxValue(1_000_000, "Cannot use more than 1M keys")),
  ),
  zipf: v.optional(numberBetween(0, 10)),
  seed: v.optional(v.pipe(Count, v.maxValue(MAX_SEED, `Cannot use as a seed, expected at most ${MAX_SEED}`))),
  closed: v.optional(v.boolean(), false),
  connections: v.pipe(Count, v.minValue(1, "Cannot use no connection"), v.maxValue(10_000, "Cannot use more than 10k")),
  timeout: SomeTimeMs,
  check: v.optional(v.boolean(), false),
  name: v.optional(v.string()),
  home: v.optional(v.string()),
  json: v.optional(v.boolean(), false),
});

type Options = v.InferOutput<typeof Options>;

/** Exits 3 if the check finds a broken promise, 1 if nothing answers, 4 if the check cannot tell. */
export const load: Runnable = labCommand({
  name: "load",
  repeatable: ["target"],
  args: {
    subject: {
      type: "string",
      description: "Subject of the traffic; by default the one that runs here",
      valueHint: "lab",
    },
    target: {
      type: "string",
      description: "http://host:port or a component such as node/2; repeatable. All of the deployment by default",
      valueHint: "address",
    },
    rate: { type: "string", description: "Requests per time", valueHint: "rate" },
    for: { type: "string", default: "30s", description: "How long", valueHint: "duration" },
    pattern: { type: "enum", options: [...PATTERNS], default: "steady", description: "Shape of the rate over time" },
    factor: { type: "string", default: "10", description: "Factor of the rate in bursts and spikes" },
    every: {
      type: "string",
      default: "10s",
      description: "Time between the starts of two bursts",
      valueHint: "duration",
    },
    "burst-for": {
      type: "string",
      default: "1s",
      description: "How long a burst or spike lasts",
      valueHint: "duration",
    },
    "hot-ratio": { type: "string", default: "0.5", description: "Share (0-1) of the hot key, with --pattern hot-key" },
    keys: { type: "string", description: "How many keys", valueHint: "count" },
    zipf: { type: "string", description: "Choose keys by a Zipf distribution of this exponent, such as 1.1" },
    seed: { type: "string", description: "Repeats the choices of an earlier run", valueHint: "number" },
    closed: {
      type: "boolean",
      description: "Closed loop: each request waits for the answer before it; without rate and pattern",
    },
    connections: { type: "string", default: "64", description: "Connections at most", valueHint: "count" },
    timeout: {
      type: "string",
      default: "1s",
      description: "Time after which a request counts as failed",
      valueHint: "duration",
    },
    check: {
      type: "boolean",
      description: "Check the answers against the guarantees of the subject; exits 3 on a violation",
    },
    name: { type: "string", description: "Name of the instance, where several run" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    json: {
      type: "boolean",
      description: "Print the summary as JSON; without a terminal, a line per second before it",
    },
  },
  options: Options,
  subjectOf,
  flagsOf: (lab) => lab.load,
  about: ({ strength: { ratePerSecond, keys } }) => `Default: ${ratePerSecond}/s over ${keys} keys.`,
  async run(options, { lab, made: makeWorkload }, { log, signal }) {
    const workload = makeWorkload(options);
    const { targets, of } = await findTargets(lab, options);
    const seed = options.seed ?? freshSeed();
    talkOf(of, log).info("Sending", { seed, targets: targets.map(({ authority }) => authority).join(" ") });
    using region = openLiveRegion(process.stderr);
    const onTick = (tick: LoadTick): void => {
      if (process.stdout.isTTY) region.draw([renderTick(tick)]);
      else if (options.json) printJson(of, flatTick(tick));
      else printText(of, renderTick(tick));
    };
    const report = await runLoad(
      { workload, targets, seed, ...loadOptions(options, lab.strength), windowMs: windowOf(workload, options) },
      { clock: systemClock, signal, onTick },
    );
    region.clear();
    if (options.json) printJson(of, report);
    else printText(of, ...renderReport(report));
    return exitCodeOf(report);
  },
});

type Shape = Omit<Parameters<typeof runLoad>[0], "workload" | "targets" | "seed" | "windowMs">;

function loadOptions({ zipf, ...options }: Options, strength: Strength): Shape {
  return {
    ...strength,
    ...(options.rate !== undefined && { ratePerSecond: options.rate }),
    ...(options.keys !== undefined && { keys: options.keys }),
    ...(zipf !== undefined && { zipf }),
    pattern: options.pattern,
    forMs: options.for,
    factor: options.factor,
    everyMs: options.every,
    burstMs: options.burstFor,
    closed: options.closed,
    connections: options.connections,
    timeoutMs: options.timeout,
    ...(options.pattern === "hot-key" && { hotRatio: options.hotRatio }),
  };
}

function windowOf({ id, periodMs }: Workload, { pattern }: Options): number {
  if (periodMs !== undefined) return periodMs;
  if (pattern !== "boundary") return 0;
  throw new InvalidInputError(`Cannot use --pattern boundary with workload "${id}": it has no windows to aim at`);
}

/** What is named, else what the only lab is for, else what runs here. */
async function subjectOf({ subject, target, home, name }: Options): Promise<string> {
  if (subject !== undefined) return subject;
  const [only, ...more] = labIds();
  if (only !== undefined && more.length === 0) return only;
  if (target && !target.some((text) => COMPONENT.test(text))) {
    const labs = await Promise.all(labIds().map((id) => loadLab(id)));
    const addressed = labs.filter(({ ownTrafficOnly }) => !ownTrafficOnly).map((lab) => lab.subject);
    const [one] = addressed;
    if (one !== undefined && addressed.length === 1) return one;
    throw new UsageError(`Cannot tell what runs at ${target.join(", ")}, expected --subject ${addressed.join("|")}`);
  }
  return (await openDeployment(operatorHome(home), name)).subject;
}

/** Where requests go. */
interface Found {
  readonly targets: readonly Target[];
  /** Of which instance they are; absent of addresses. */
  readonly of?: Named;
}

/** Addresses as given; components, and all that take traffic where nothing is given, by the deployment that runs. */
async function findTargets(lab: Lab, { target: given, home, name }: Options): Promise<Found> {
  if (given && !given.some((text) => COMPONENT.test(text))) return { targets: given.map(readTarget) };
  const deployment = await openDeployment(operatorHome(home), name);
  const { id, subject } = deployment;
  if (subject !== lab.subject)
    throw new InvalidInputError(`Cannot send ${lab.subject} traffic to "${id}": it is a ${subject}`);
  const components = lab.targets(deployment);
  const wanted = given ?? components.map((component) => component.id);
  const targets = wanted.map((text) => {
    const component = components.find((one) => one.id === text);
    if (component || !COMPONENT.test(text)) return readTarget(component?.address ?? text);
    const known = components.map((one) => one.id).join(", ");
    throw new InvalidInputError(`Cannot find target "${text}" in "${id}", expected one of ${known}`);
  });
  return { targets, of: instanceOf(deployment) };
}

function exitCodeOf({ check, requests, failed }: LoadReport): ExitCode | undefined {
  if (check?.verdict === "violated") return EXIT.violated;
  if (requests > 0 && failed === requests) return EXIT.failed;
  return check?.verdict === "unknown" ? EXIT.unknown : undefined;
}

function numberBetween(low: number, high: number): v.GenericSchema<string | number, number> {
  const wanted = `expected a number from ${low} to ${high}`;
  return v.pipe(
    v.union([v.string(), v.number()]),
    v.check(
      (text) => Number(text) >= low && Number(text) <= high,
      (issue) => `Cannot read number "${issue.input}", ${wanted}`,
    ),
    v.transform(Number),
  );
}
