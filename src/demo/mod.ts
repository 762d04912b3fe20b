/** The demo: a real cluster is broken, and the operator detects, explains, fixes and verifies it, live. */

import * as v from "valibot";
import { inject } from "../chaos/inject.ts";
import { openJournal } from "../chaos/journal.ts";
import type { LoadTick } from "../core/subject/load-report.ts";
import { systemClock } from "../io/clock.ts";
import { freshSeed } from "../io/seed.ts";
import type { MonitorEvent } from "../monitor/mod.ts";
import type { Dashboard } from "../render/live/dashboard.ts";
import type { OpenSubject } from "../runtime/subjects/open-subject.ts";
import { instanceView } from "../runtime/views/instance.ts";
import { listenForKeys } from "../terminal/keys.ts";
import { openLiveRegion } from "../terminal/live-region.ts";
import { Narrator } from "./narrator.ts";
import { waitFor } from "./patience.ts";
import { openStage, PACE, type Stage } from "./stage.ts";
import { diagnosed, fixed, noticed, proved, type Story } from "./story.ts";

/** Flags of the demo. */
export const demoFlags = {
  args: { auto: { type: "boolean", description: "Nobody is at the keyboard" } },
  options: v.object({ auto: v.optional(v.boolean(), false) }),
} as const;

/** How the demo is run. */
export interface DemoOptions {
  /** Whether the demo runs without a keyboard. */
  readonly auto: boolean;
  readonly signal: AbortSignal;
}

const HEALTHY_ROUNDS = 3;
const COUNTDOWN_SECONDS = 5;
const CHART_SECONDS = 60;

/** How it ended: everything that it promises became true, or not, or a person interrupted it. */
export type DemoEnd = "proved" | "failed" | "interrupted";

/** Runs the demo, and always takes everything down. */
export async function runDemo({ auto, signal }: DemoOptions): Promise<DemoEnd> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  using region = openLiveRegion(process.stdout);
  using keys = listenForKeys(process.stdin, () => ended.abort(new DOMException("Ended by a key", "AbortError")));
  const narrator = new Narrator(region);
  try {
    return (await play(narrator, { auto: auto || !keys.interactive, signal: either })) ? "proved" : "failed";
  } catch (error) {
    if (!either.aborted) throw error;
    return "interrupted";
  } finally {
    region.clear();
    if (either.aborted) region.print("Interrupted; everything is taken down");
  }
}

async function play(narrator: Narrator, { auto, signal }: DemoOptions): Promise<boolean> {
  const seed = freshSeed();
  narrator.say("plain", `A rate limiter on this machine: one Redis, ${PACE.nodes} nodes, live traffic (seed ${seed})`);
  narrator.chapter("Bring up");
  await using stage = await openStage({ signal, onReady: (id) => narrator.say("good", `ready: ${id}`) });
  narrator.chapter("Send traffic");
  const { limit, window } = PACE;
  const { ratePerSecond, keys } = stage.lab.ordinary;
  narrator.say(
    "plain",
    `${ratePerSecond} checks/s over ${keys} keys; each key may take ${limit} per ${window}; every answer is checked against that`,
  );
  const traffic = stage.startTraffic((tick) => narrator.update(withTick(tick)), seed);
  narrator.chapter("Watch");
  let healthyRounds = 0;
  stage.startOperator((event) => {
    if (event.kind === "observed") healthyRounds += 1;
    narrator.update(withEvent(event, stage.opened));
  });
  narrator.say("plain", `a checkup every second; graces are ${PACE.graceMs / 1000} s here, 15 s by default`);
  const isHealthy = () => healthyRounds >= HEALTHY_ROUNDS && stage.database.tickets.list().length === 0;
  await waitFor("healthy cluster", () => isHealthy() || undefined, { signal });
  await countdown(narrator, { auto, signal });

  const broken = await breakNode(stage, narrator, { seed, signal });
  const story = { stage, narrator, signal, ...broken };
  const incident = await noticed(story);
  await diagnosed(story, incident);
  await fixed(story, incident);
  narrator.chapter("What was proved");
  return await proved(story, { incident, report: await traffic.stop() });
}

async function breakNode(
  { lab, deployment, home }: Stage,
  narrator: Narrator,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<Pick<Story, "component" | "brokenAtMs">> {
  narrator.chapter("Break");
  await using open = await lab.open(deployment);
  using journal = openJournal(home);
  const what = { fault: "node-kill", subject: deployment.subject, seed, forMs: 120_000 };
  const injected = await inject(what, { lab: open, journal, clock: systemClock, signal });
  narrator.say("bad", `SIGKILL to ${injected.plan.component}; the operator is not told`);
  return { component: injected.plan.component, brokenAtMs: injected.atMs };
}

async function countdown(narrator: Narrator, { auto, signal }: DemoOptions): Promise<void> {
  for (let second = auto ? 1 : COUNTDOWN_SECONDS; second > 0; second -= 1) {
    narrator.chapter(`A node is killed in ${second}`);
    await systemClock.sleep(1000, signal);
  }
}

function withTick(tick: LoadTick): (dashboard: Dashboard) => Dashboard {
  return (dashboard) => ({ ...dashboard, traffic: [...(dashboard.traffic ?? []), tick].slice(-CHART_SECONDS) });
}

function withEvent(event: MonitorEvent, opened: OpenSubject): (dashboard: Dashboard) => Dashboard {
  return (dashboard) => {
    if (event.kind === "observed") return { ...dashboard, components: event.checkup.picture.components };
    if (event.kind !== "checkup") return dashboard;
    return { ...dashboard, view: { ...instanceView(opened, systemClock.now()), charts: [] } };
  };
}
