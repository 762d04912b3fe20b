/** `operator chaos <fault>`: breaks one thing of a running deployment, holds it broken for a while, and heals it. */

import * as v from "valibot";
import {
  type HoldOptions,
  holdFor,
  type InjectContext,
  type Injected,
  type InjectOptions,
  inject,
  type Plan,
  plan,
} from "../../../chaos/inject.ts";
import { openJournal } from "../../../chaos/journal.ts";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { Count, DurationMs, formatDurationMs } from "../../../core/text/units.ts";
import { titleOf } from "../../../core/words/instance.ts";
import { instanceOf } from "../../../deployments/deployment.ts";
import { findDeployment, openDeployment } from "../../../deployments/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { freshSeed } from "../../../io/seed.ts";
import { renderPlan } from "../../../render/lab/fault.ts";
import { clockTime, isoTime } from "../../../render/time.ts";
import { faultOf, loadLab } from "../../../runtime/subjects/labs.ts";
import { openLiveRegion } from "../../../terminal/live-region.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT, type ExitCode } from "../../args/exit-code.ts";
import { type Named, printJson, printText } from "../../args/output.ts";
import { healAndTell } from "./heal.ts";

const Options = v.object({
  fault: v.string(),
  for: v.pipe(DurationMs, v.minValue(1000, 'Cannot break anything for so short, expected at least "1s"')),
  target: v.optional(v.string()),
  seed: v.optional(Count),
  dryRun: v.optional(v.boolean(), false),
  name: v.optional(v.string()),
  home: v.optional(v.string()),
  json: v.optional(v.boolean(), false),
});

/** Heals at the end of the time, at Ctrl-C, and by any later chaos command if this process dies; ends with its deployment. */
export const chaosFault: Runnable = command({
  name: "chaos",
  args: {
    fault: { type: "positional", description: 'Which fault; "operator chaos list" names them', valueHint: "fault" },
    for: { type: "string", default: "3m", description: "How long", valueHint: "duration" },
    target: {
      type: "string",
      description: "Component, such as node/2; chosen by the seed where several fit",
      valueHint: "component",
    },
    seed: { type: "string", description: "Repeats the choices of an earlier run", valueHint: "number" },
    "dry-run": {
      type: "boolean",
      description: "Print what would be injected and its ground truth, and inject nothing",
    },
    name: { type: "string", description: "Name of the instance, where several run", valueHint: "deployment" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    json: { type: "boolean", description: "Print JSON" },
  },
  options: Options,
  async run({ fault, home: flag, name, json, dryRun, ...options }, { signal }) {
    const home = operatorHome(flag);
    const deployment = await openDeployment(home, name);
    const lab = await loadLab(deployment.subject);
    faultOf(lab, fault);
    await healAndTell(home, "expired");
    await using open = await lab.open(deployment);
    const { seed = freshSeed(), for: forMs, target } = options;
    const what = { fault, subject: deployment.subject, seed, forMs, ...(target !== undefined && { target }) };
    const planned = await plan(what, { lab: open, signal });
    refuseOther(planned, target);
    const of = instanceOf(deployment);
    if (dryRun) return show(planned, { of, seed, json });
    using journal = openJournal(home);
    return await breakFor(what, { lab: open, journal, clock: systemClock, signal, home, json, of });
  },
});

interface Shown {
  readonly of: Named;
  readonly seed: number;
  readonly json: boolean;
}

function show({ fault, input, component, truth }: Plan, { of, seed, json }: Shown): void {
  if (json) return printJson(of, { fault: fault.id, deployment: of.name, seed, component, input, truth });
  printText(of, ...renderPlan({ fault, input, component, truth }, titleOf(of)), `  seed        ${seed}`);
}

/** A fault of one certain component takes no other, and silence about that would mislead. */
function refuseOther({ fault, input, component }: Plan, target: string | undefined): void {
  const chosen: readonly unknown[] = typeof input === "object" && input !== null ? Object.values(input) : [];
  if (target === undefined || component === target || chosen.includes(target)) return;
  throw new InvalidInputError(`Cannot use --target "${target}" with ${fault.id}: it is about ${component} only`);
}

interface Breaking extends InjectContext {
  readonly home: string;
  readonly json: boolean;
  readonly of: Named;
}

async function breakFor(what: InjectOptions, { json, home, of, ...context }: Breaking): Promise<ExitCode> {
  const { signal } = context;
  const injected = await inject(what, context);
  let healed = false;
  try {
    tell(injected, what, { json, of });
    await countDown(what.forMs, { ...context, isOver: () => isOver(injected.id, { ...context, home }) });
  } finally {
    healed = await healIfThere(injected, { ...context, home });
  }
  const { id, atMs, plan } = injected;
  const nowMs = systemClock.now();
  const held = formatDurationMs(Math.round((nowMs - atMs) / 1000) * 1000);
  const about = `${what.fault} of ${plan.component} after ${held}`;
  if (json) printJson(of, { event: healed ? "healed" : "taken-down", id, at: isoTime(nowMs) });
  else printText(of, healed ? `Healed ${about}` : `The deployment was taken down, and with it ${about}`);
  if (!healed) return EXIT.failed;
  return signal.aborted ? EXIT.interrupted : EXIT.done;
}

/** Whether others healed it, or its deployment is gone. */
async function isOver(
  id: number,
  { lab, journal, home }: Pick<InjectContext, "lab" | "journal"> & Pick<Breaking, "home">,
): Promise<boolean> {
  if (!journal.open(lab.deployment.id).some((open) => open.id === id)) return true;
  const { running, unusable } = await findDeployment(home, lab.deployment.id);
  return !running && !unusable;
}

/** Whether it was healed; where the deployment is gone, nothing is left that could be. */
async function healIfThere(
  injected: Injected,
  { lab, journal, clock, home }: Omit<InjectContext, "signal"> & { readonly home: string },
): Promise<boolean> {
  try {
    await injected.heal();
    return true;
  } catch (error) {
    const { running, unusable } = await findDeployment(home, lab.deployment.id);
    if (running || unusable) throw error;
    journal.healed(injected.id, clock.now());
    return false;
  }
}

function tell(
  { id, atMs, plan: { component, truth, input } }: Injected,
  { fault, seed, forMs }: InjectOptions,
  { json, of }: Pick<Breaking, "json" | "of">,
): void {
  const untilMs = atMs + forMs;
  if (json) {
    const [at, until] = [atMs, untilMs].map(isoTime);
    return printJson(of, { event: "injected", id, fault, component, input, seed, at, until });
  }
  const span = `until ${clockTime(untilMs)} (${formatDurationMs(forMs)})`;
  printText(of, `${fault}: ${component} is at fault (${truth.mechanism}) ${span}; seed ${seed}`);
}

/** Returns when the time is up, the fault is gone or the signal aborts; a terminal shows what is left. */
async function countDown(forMs: number, context: Pick<HoldOptions, "clock" | "signal" | "isOver">): Promise<void> {
  using region = openLiveRegion(process.stderr);
  const onLeft = (leftMs: number): void =>
    region.draw([`  ${formatDurationMs(Math.ceil(leftMs / 1000) * 1000)} left; Ctrl-C heals it at once`]);
  await holdFor(forMs, { ...context, ...(region.live && { onLeft }) });
  region.clear();
}
