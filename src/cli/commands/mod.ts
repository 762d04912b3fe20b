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
      description: "Observe subjects and open a ticket for each invariant that stays violated",
      load: () => import("./watch/mod.ts").then(({ watch }) => watch),
    },
  ],
  [
    "tickets",
    group(
      "List, show, hold, resolve and reopen tickets",
      {
        list: "List open tickets",
        show: "Show one ticket with its history and its evidence",
        hold: "Hold a ticket: its state is frozen until it is released",
        unhold: "Release a held ticket",
        resolve: "Resolve a ticket manually",
        reopen: "Reopen a resolved ticket",
      },
      () => import("./records/tickets.ts").then(({ tickets }) => tickets),
    ),
  ],
  [
    "incidents",
    group(
      "List, show, change and export incidents",
      {
        list: "List incidents that are not resolved",
        show: "Show one incident: what happened, why, and what was done",
        investigate: "Investigate an incident again",
        merge: "Merge an incident into another one with the same cause",
        split: "Move tickets of an incident into a new incident",
        resolve: "Resolve an incident whose tickets are resolved or held",
        note: "Add a note to the history of an incident",
        export: "Write an incident with an investigation to one file, for a bug report or operator replay",
      },
      () => import("./records/incidents.ts").then(({ incidents }) => incidents),
    ),
  ],
  [
    "agent",
    {
      description: "Investigate incidents and act as far as the ladder allows; also watch where no watch runs",
      load: () => import("./agent.ts").then(({ agent }) => agent),
    },
  ],
  [
    "diagnose",
    {
      description: "Investigate one incident now and print each step",
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
      description: "Repeat an investigation offline from its record, or run another engine on it",
      load: () => import("./diagnosis/replay.ts").then(({ replay }) => replay),
    },
  ],
  [
    "actions",
    group(
      "List, propose, approve, reject and run actions",
      {
        list: "List actions that wait, run or are being verified, and why",
        show: "Show one action: what it sends, its expected effect, why it waits and its evidence",
        history: "List finished actions and their results",
        offered: "List the actions that can be proposed, with their arguments",
        propose: "Propose an offered action manually; it waits for an approval",
        approve: "Approve one action exactly as shown, for a short time",
        reject: "Reject one action: it does not run, and its incident is escalated",
        cancel: "Cancel one action that has not started; it can be proposed again",
        run: "Run in the foreground what is approved or permitted by the ladder",
      },
      () => import("./safety/actions/mod.ts").then(({ actions }) => actions),
    ),
  ],
  [
    "start",
    {
      description: "Start a stopped component of a deployment",
      load: () => import("./safety/actions/foreground.ts").then(({ component }) => component.start),
    },
  ],
  [
    "stop",
    {
      description: "Stop a component of a deployment gracefully",
      load: () => import("./safety/actions/foreground.ts").then(({ component }) => component.stop),
    },
  ],
  [
    "restart",
    {
      description: "Restart a component of a deployment",
      load: () => import("./safety/actions/foreground.ts").then(({ component }) => component.restart),
    },
  ],
  [
    "ladder",
    group(
      "Show and set which actions may run without a person",
      {
        show: "Show the ladder of each instance",
        set: "Set the ladder of an instance: observe, approve or auto",
      },
      () => import("./safety/ladder.ts").then(({ ladder }) => ladder),
    ),
  ],
  [
    "audit",
    group(
      "List, verify and export the audit log",
      {
        list: "List the newest rows of the audit log, oldest first",
        show: "Show one row of the audit log in full",
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
        "Inject faults into a running deployment, and heal them",
        {
          list: "List the faults of each lab",
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
      description: "Read the settings, statistics, process and connections of a component",
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
      description: "Check that every signal is present; with --inject, that every fault trips its invariants",
      load: () => import("./doctor.ts").then(({ doctor }) => doctor),
    },
  ],
  [
    "eval",
    {
      description: "Score the diagnosis: inject fault after fault and compare each diagnosis with the ground truth",
      load: () => import("./eval.ts").then(({ evaluate }) => evaluate),
    },
  ],
  [
    "load",
    {
      description: "Send traffic to a subject; open loop by default",
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
      description: "Supervise the processes of one local deployment",
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
