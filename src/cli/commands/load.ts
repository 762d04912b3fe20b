/** `operator load`: sends traffic to a running limiter and says what became of it. */

import * as v from "valibot";
import { InvalidInputError } from "../../core/text/errors.ts";
import { Count, DurationMs, formatQuantity, RatePerSecond } from "../../core/text/units.ts";
import { openDeployment } from "../../deployments/mod.ts";
import { systemClock } from "../../io/clock.ts";
import { operatorHome } from "../../io/home.ts";
import { freshSeed } from "../../io/seed.ts";
import { MAX_COST } from "../../limiter/bounds.ts";
import { isWholeUpTo, wrongWhole } from "../../limiter/fields.ts";
import { LimiterSettings } from "../../limiter/settings.ts";
import { PATTERNS } from "../../load/arrivals.ts";
import { runLoad } from "../../load/run.ts";
import type { LoadReport, LoadTick } from "../../load/tally.ts";
import { readTarget, type Target } from "../../load/target.ts";
import { flatTick, renderReport, renderTick } from "../../render/load.ts";
import { checks } from "../../subjects/ratelimiter/lab/workload.ts";
import { openLiveRegion } from "../../terminal/live-region.ts";
import { command, type Runnable } from "../args/command.ts";
import { EXIT, type ExitCode } from "../args/exit-code.ts";
import { printJson, printText } from "../args/output.ts";

/** Windows that bursts aim at when none is given: the limiter's own default. */
const DEFAULT_WINDOW_MS = 60_000;

/** A target that is named, not addressed. */
const COMPONENT = /^[\w-]+\/[\w-]+$/;

/** Requests per second, far beyond what one process can send. */
const MAX_RATE = 1_000_000;
const MAX_SEED = 0xffff_ffff;

const { limit, window } = LimiterSettings.pipe[0].entries;

const SomeTimeMs = v.pipe(DurationMs, v.minValue(1, 'Cannot use no time, expected at least "1ms"'));

const Options = v.object({
  target: v.optional(
    v.union([
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((text) => text.split(",")),
      ),
    ]),
  ),
  rate: v.pipe(
    RatePerSecond,
    v.gtValue(0, "Cannot send nothing, expected a rate above 0"),
    v.maxValue(MAX_RATE, `Cannot send as much, expected at most ${formatQuantity(MAX_RATE, "1/s")}`),
  ),
  for: SomeTimeMs,
  pattern: v.picklist(PATTERNS),
  factor: numberBetween(1, 1000),
  every: DurationMs,
  burstFor: DurationMs,
  hotRatio: numberBetween(0, 1),
  keys: v.pipe(Count, v.minValue(1, "Cannot use no keys"), v.maxValue(1_000_000, "Cannot use more than 1M keys")),
  zipf: v.optional(numberBetween(0, 10)),
  seed: v.optional(v.pipe(Count, v.maxValue(MAX_SEED, `Cannot use as a seed, expected at most ${MAX_SEED}`))),
  closed: v.optional(v.boolean(), false),
  connections: v.pipe(Count, v.minValue(1, "Cannot use no connection"), v.maxValue(10_000, "Cannot use more than 10k")),
  timeout: SomeTimeMs,
  cost: v.optional(v.pipe(Count, v.check(isCost, wrongWhole("cost", MAX_COST)))),
  limit: v.optional(limit),
  window: v.optional(window),
  check: v.optional(v.boolean(), false),
  name: v.optional(v.string()),
  home: v.optional(v.string()),
  json: v.optional(v.boolean(), false),
});

type Options = v.InferOutput<typeof Options>;

/** Exits 1 if the check finds a limit exceeded or nothing answers, 4 if the check cannot tell. */
export const load: Runnable = command({
  name: "load",
  description: "Send traffic to a rate limiter, open loop unless told otherwise",
  repeatable: ["target"],
  args: {
    target: {
      type: "string",
      description: "http://host:port or a component such as node/2; repeatable. All nodes of the deployment by default",
      valueHint: "address",
    },
    rate: { type: "string", default: "500/s", description: "Requests per time", valueHint: "rate" },
    for: { type: "string", default: "30s", description: "How long", valueHint: "duration" },
    pattern: { type: "enum", options: [...PATTERNS], default: "steady", description: "How the rate changes" },
    factor: { type: "string", default: "10", description: "By how much bursts and spikes multiply the rate" },
    every: { type: "string", default: "10s", description: "From burst to burst", valueHint: "duration" },
    "burst-for": {
      type: "string",
      default: "1s",
      description: "How long a burst or spike lasts",
      valueHint: "duration",
    },
    "hot-ratio": { type: "string", default: "0.5", description: "Share (0-1) of the hot key, with --pattern hot-key" },
    keys: { type: "string", default: "100", description: "How many keys", valueHint: "count" },
    zipf: { type: "string", description: "Choose keys by a Zipf distribution of this exponent, such as 1.1" },
    seed: { type: "string", description: "Repeats the choices of an earlier run", valueHint: "number" },
    closed: { type: "boolean", description: "Closed loop: the next request follows the answer; no rate, no pattern" },
    connections: { type: "string", default: "64", description: "Connections at most", valueHint: "count" },
    timeout: { type: "string", default: "1s", description: "When a request has failed", valueHint: "duration" },
    cost: { type: "string", description: "Units that each request takes", valueHint: "count" },
    limit: { type: "string", description: "Limit that each request asks for", valueHint: "count" },
    window: {
      type: "string",
      description: "Window that each request asks for; bursts aim at it",
      valueHint: "duration",
    },
    check: { type: "boolean", description: "Judge whether any key was allowed more than its limit in any window" },
    name: { type: "string", description: "Name of the instance, where several run" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    json: { type: "boolean", description: "Print the summary as JSON" },
  },
  options: Options,
  async run(options, { log, signal }) {
    const targets = await findTargets(options);
    const seed = options.seed ?? freshSeed();
    log.info("Sending", { seed, targets: targets.map(({ authority }) => authority).join(" ") });
    using region = openLiveRegion(process.stderr);
    const onTick = (tick: LoadTick): void => {
      if (process.stdout.isTTY) region.draw([renderTick(tick)]);
      else printJson(flatTick(tick));
    };
    const report = await runLoad(loadOptions(options, { targets, seed }), { clock: systemClock, signal, onTick });
    region.clear();
    if (options.json) printJson(report);
    else printText(...renderReport(report));
    return exitCodeOf(report);
  },
});

function loadOptions(
  options: Options,
  { targets, seed }: { readonly targets: readonly Target[]; readonly seed: number },
): Parameters<typeof runLoad>[0] {
  const { cost, limit, window, check, zipf } = options;
  return {
    workload: checks({
      check,
      ...(cost !== undefined && { cost }),
      ...(limit !== undefined && { limit }),
      ...(window !== undefined && { windowMs: window }),
    }),
    targets,
    seed,
    pattern: options.pattern,
    ratePerSecond: options.rate,
    forMs: options.for,
    factor: options.factor,
    everyMs: options.every,
    burstMs: options.burstFor,
    windowMs: window ?? DEFAULT_WINDOW_MS,
    keys: options.keys,
    closed: options.closed,
    connections: options.connections,
    timeoutMs: options.timeout,
    ...(zipf !== undefined && { zipf }),
    ...(options.pattern === "hot-key" && { hotRatio: options.hotRatio }),
  };
}

/** Addresses as given; components, and all nodes where nothing is given, by the deployment that runs. */
async function findTargets({ target: given, home, name }: Options): Promise<readonly Target[]> {
  if (given && !given.some((text) => COMPONENT.test(text))) return given.map(readTarget);
  const { parts, id } = await openDeployment(operatorHome(home), name);
  const nodes = parts.filter(({ kind }) => kind === "node");
  const wanted = given ?? nodes.map((node) => node.id);
  return wanted.map((text) => {
    const part = nodes.find((node) => node.id === text);
    if (part || !COMPONENT.test(text)) return readTarget(part?.address ?? text);
    const known = nodes.map((node) => node.id).join(", ");
    throw new InvalidInputError(`Cannot find target "${text}" in "${id}", expected one of ${known}`);
  });
}

function exitCodeOf({ check, requests, failed }: LoadReport): ExitCode | undefined {
  if (check?.verdict === "violated") return EXIT.failed;
  if (requests > 0 && failed === requests) return EXIT.failed;
  return check?.verdict === "unknown" ? EXIT.unknown : undefined;
}

function isCost(cost: number): boolean {
  return isWholeUpTo(MAX_COST, cost);
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
