/** The command tree. Descriptions stand here, so that help loads no command; each is loaded only when it is named. */

import type { Branch, Runnable } from "../args/command.ts";

/** Everything that can follow `operator`. */
export const COMMANDS: ReadonlyMap<string, Branch> = new Map<string, Branch>([
  [
    "up",
    {
      description: "Bring up a subject's cluster on this machine",
      load: () => import("./cluster/up.ts").then(({ up }) => up),
    },
  ],
  [
    "status",
    {
      description: "Show what runs on this machine, who watches it, and what is open or waits for a person",
      load: () => import("./cluster/status.ts").then(({ status }) => status),
    },
  ],
  [
    "logs",
    {
      description: "Print the log of one component",
      load: () => import("./cluster/logs.ts").then(({ logs }) => logs),
    },
  ],
  [
    "down",
    {
      description: "Take a deployment of this machine down",
      load: () => import("./cluster/down.ts").then(({ down }) => down),
    },
  ],
  [
    "watch",
    {
      description: "Observe subjects and file a ticket for each invariant that stays violated",
      load: () => import("./watch/mod.ts").then(({ watch }) => watch),
    },
  ],
  [
    "tickets",
    group(
      "What a watch has filed, and what a person decides on it",
      {
        list: "List open tickets",
        show: "Show one ticket with its history and its evidence",
        hold: "Take a ticket in hand: nothing automatic touches it",
        unhold: "Give a held ticket back",
        resolve: "Resolve a ticket by hand",
        reopen: "Open a resolved ticket again",
      },
      () => import("./records/tickets.ts").then(({ tickets }) => tickets),
    ),
  ],
  [
    "incidents",
    group(
      "What belongs together, why it came about and what was done",
      {
        list: "List incidents that are not resolved",
        show: "Show one incident: what happened, why, and what was done",
        investigate: "Have an incident looked at again",
        merge: "Put an incident into another: both have one cause",
        split: "Take tickets out of an incident into one of their own",
        resolve: "End an incident whose tickets are resolved or held",
        note: "Add a note to the history of an incident",
        export: "Write an incident and an investigation of it into one file, for a bug report or operator replay",
      },
      () => import("./records/incidents.ts").then(({ incidents }) => incidents),
    ),
  ],
  [
    "agent",
    {
      description: "Investigate incidents and act as far as the ladder allows; watch, too, where no watch runs",
      load: () => import("./agent.ts").then(({ agent }) => agent),
    },
  ],
  [
    "diagnose",
    {
      description: "Investigate one incident now, and show each step as it is taken",
      load: () => import("./diagnosis/diagnose.ts").then(({ diagnose }) => diagnose),
    },
  ],
  [
    "transcript",
    {
      description: "Show an investigation step by step: what was asked, what came back, what it cost",
      load: () => import("./diagnosis/transcript.ts").then(({ transcript }) => transcript),
    },
  ],
  [
    "replay",
    {
      description: "Run an investigation again from what is on record, without a network; or another engine on it",
      load: () => import("./diagnosis/replay.ts").then(({ replay }) => replay),
    },
  ],
  [
    "actions",
    group(
      "What may be done, what waits for approval and what was done",
      {
        list: "List actions that wait, run or are being verified, and why",
        show: "Show one action: what it sends, what it does, why it waits and on what it rests",
        history: "List actions that are over, and how each ended",
        offered: "List the actions that can be proposed, with their arguments",
        propose: "Propose an offered action by hand; it waits for an approval",
        approve: "Approve one action, as it is shown and for a short time",
        reject: "Reject one action: it does not run, and its incident is escalated",
        cancel: "Cancel one action that has not begun; it may be proposed again",
        run: "Carry out in the foreground what is approved, or permitted by the ladder",
      },
      () => import("./safety/actions/mod.ts").then(({ actions }) => actions),
    ),
  ],
  [
    "start",
    {
      description: "Start a component of a deployment that is not running",
      load: () => import("./safety/actions/foreground.ts").then(({ component }) => component.start),
    },
  ],
  [
    "stop",
    {
      description: "Stop a component of a deployment in good order",
      load: () => import("./safety/actions/foreground.ts").then(({ component }) => component.stop),
    },
  ],
  [
    "restart",
    {
      description: "End a component of a deployment and start it again",
      load: () => import("./safety/actions/foreground.ts").then(({ component }) => component.restart),
    },
  ],
  [
    "ladder",
    group(
      "How far an instance may be acted upon without a person",
      {
        show: "Show how far each instance may be acted upon",
        set: "Set how far an instance may be acted upon",
      },
      () => import("./safety/ladder.ts").then(({ ladder }) => ladder),
    ),
  ],
  [
    "audit",
    group(
      "Who did what, and whether that record is intact",
      {
        list: "List the newest rows of the audit log, oldest first",
        show: "Show one row of the audit log with all that it holds",
        verify: "Check that no row of the audit log was changed, removed or inserted; exits 1 if one was",
        export: "Print the whole audit log as JSON lines, the head last; exits 1 if a row was changed",
      },
      () => import("./records/audit.ts").then(({ audit }) => audit),
    ),
  ],
  [
    "halt",
    {
      description: "Stop the next effect in any process, cancel what is pending and set every ladder to observe",
      load: () => import("./safety/halt.ts").then(({ halt }) => halt),
    },
  ],
  [
    "resume",
    {
      description: "Lift the halt; every ladder stays at observe until it is set again",
      load: () => import("./safety/halt.ts").then(({ resume }) => resume),
    },
  ],
  [
    "chaos",
    {
      ...group(
        "Break a running deployment on purpose, and heal it",
        {
          list: "List the faults that a subject's lab has",
          status: "Show the faults that are in force",
          heal: "Heal the faults that have expired, or all of them",
        },
        () => import("./chaos/mod.ts").then(({ chaos }) => chaos),
      ),
      load: () => import("./chaos/fault.ts").then(({ chaosFault }) => chaosFault),
    },
  ],
  [
    "inspect",
    {
      description: "Read what a component says of itself: settings, statistics, process, wire",
      load: () => import("./records/inspect.ts").then(({ inspect }) => inspect),
    },
  ],
  [
    "rank",
    {
      description: "Rank the components of a table of series by how likely each is the root cause",
      load: () => import("./rank.ts").then(({ rank }) => rank),
    },
  ],
  [
    "doctor",
    {
      description: "Check that every signal is there; with --inject, that every fault trips what it promises",
      load: () => import("./doctor.ts").then(({ doctor }) => doctor),
    },
  ],
  [
    "eval",
    {
      description:
        "Score the diagnosis: break a running deployment, fault by fault, and compare what is named with the truth",
      load: () => import("./eval.ts").then(({ evaluate }) => evaluate),
    },
  ],
  [
    "load",
    {
      description: "Send traffic to a subject, open loop unless told otherwise",
      load: () => import("./cluster/load.ts").then(({ load }) => load),
    },
  ],
  [
    "serve-limiter",
    {
      description: "Run one node of the distributed rate limiter",
      load: () => import("./cluster/serve-limiter.ts").then(({ serveLimiter }) => serveLimiter),
    },
  ],
  [
    "supervise",
    {
      description: "Hold the processes of one local deployment",
      hidden: true,
      load: () => import("./cluster/supervise.ts").then(({ supervise }) => supervise),
    },
  ],
  [
    "emulate-tikv",
    {
      description: "Run one process of an emulated TiKV cluster",
      hidden: true,
      load: () => import("./cluster/emulate-tikv.ts").then(({ emulateTikv }) => emulateTikv),
    },
  ],
  [
    "completions",
    {
      description: "Print a completion script for bash, zsh or fish",
      load: () => import("./completions.ts").then(({ completions }) => completions),
    },
  ],
]);

/** A name with commands below it, all from one module. */
function group<Name extends string>(
  description: string,
  descriptions: Readonly<Record<Name, string>>,
  load: () => Promise<Readonly<Record<Name, Runnable>>>,
): Branch {
  const names = Object.keys(descriptions).filter((name): name is Name => Object.hasOwn(descriptions, name));
  const below = names.map((name): [string, Branch] => [
    name,
    { description: descriptions[name], load: () => load().then((commands) => commands[name]) },
  ]);
  return { description, commands: new Map(below) };
}
