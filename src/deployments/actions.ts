/** The operations of a deployment as actions, so that the executor can repair a component. */

import * as v from "valibot";
import { type BoundAction, type Cause, defineAction, type UnboundAction } from "../core/subject/action.ts";
import type { Component, Topology } from "../core/system/picture.ts";
import type { DeployedComponent } from "../core/system/process.ts";
import { ActionError, InvalidInputError } from "../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../core/words/ids.ts";
import type { Mechanism } from "../core/words/mechanism.ts";
import type { Risk } from "../core/words/risk.ts";
import { acceptsTcp } from "../io/system/tcp.ts";
import {
  type DeployedLink,
  type Deployment,
  type Links,
  linksOf,
  type Processes,
  type ProcessVerb,
} from "./deployment.ts";
import { joinComponents, resolveComponent } from "./join.ts";

/** Options of the actions. */
export interface ActionsOptions {
  /** The subject's topology as last known. @default the deployment's own names only */
  readonly topology?: () => Topology;
}

interface Repair {
  readonly verb: ProcessVerb | "reconnect";
  readonly description: string;
  readonly fixes: readonly Mechanism[];
  /** Why it would not help a component, by its process or its links. @default it always helps */
  readonly unfit?: (cause: Cause, known: Known) => string | undefined;
  readonly risk: Risk;
  readonly expectedEffect: string;
  /** Whether the component does not serve during the action. */
  readonly stops: boolean;
  /** Whether it has an effect on a healthy component, too. */
  readonly repeats?: boolean;
}

/** What is known of a component in the deployment. */
interface Known {
  /** Whether a link of the deployment leads from it to another component. */
  readonly hasLinksOut: boolean;
}

/** How one repair is carried out on one component. */
interface Means {
  readonly sends: (component: DeployedComponent) => string;
  readonly run: (component: DeployedComponent, signal: AbortSignal) => Promise<void>;
  readonly isDone: (component: DeployedComponent, signal: AbortSignal) => Promise<boolean>;
}

interface Place {
  readonly find: (component: string) => DeployedComponent;
  readonly has: (component: ComponentId) => boolean;
  readonly knows: (component: ComponentId) => Known;
}

const PROCESS_REPAIRS: readonly (Repair & { readonly verb: ProcessVerb })[] = [
  {
    verb: "start",
    description: "Start a component that is not running, at its former address. Helps after a crash.",
    fixes: ["crash"],
    unfit: ({ component }) => (isAlive(component) ? `the process of ${component.id} still exists` : undefined),
    risk: "reversible",
    expectedEffect: "the process is alive and accepts connections",
    stops: false,
  },
  {
    verb: "stop",
    description: "Stop a component gracefully and leave it stopped. Only a person can propose it: it fixes nothing.",
    fixes: [],
    risk: "disruptive",
    expectedEffect: "the process no longer exists",
    stops: true,
  },
  {
    verb: "restart",
    description:
      "Stop a component and start it again at the same address. What it holds in memory is lost. Helps when the process itself is at fault: it hangs, is slow, has exhausted a resource, or its clock is wrong.",
    fixes: ["hang", "resource-exhaustion", "clock-skew", "slow-dependency"],
    unfit: ({ mechanism, component: { id } }, { hasLinksOut }) =>
      mechanism === "slow-dependency" && hasLinksOut
        ? `${id} waits for other components and is not slow itself`
        : undefined,
    risk: "disruptive",
    expectedEffect: "a new process is alive and accepts connections",
    stops: true,
    repeats: true,
  },
  {
    verb: "resume",
    description: "Resume a component whose process is suspended (SIGSTOP). It keeps its memory.",
    fixes: ["hang"],
    unfit({ component: { id, process, probe } }) {
      if (process?.state === "running") return `the process of ${id} is not suspended`;
      return probe === "answered" ? `${id} answers at intervals, so it resumes by itself` : undefined;
    },
    risk: "reversible",
    expectedEffect: "the process runs and accepts connections",
    stops: false,
  },
];

const RECONNECT: Repair = {
  verb: "reconnect",
  description:
    "Restore every link of a component and close stalled connections. Helps against a partition or a slow link.",
  fixes: ["partition", "slow-dependency"],
  unfit: ({ mechanism, component: { id } }, { hasLinksOut }) =>
    mechanism === "slow-dependency" && !hasLinksOut
      ? `${id} itself is slow, not its links to other components`
      : undefined,
  risk: "reversible",
  expectedEffect: "the far end of each link is reachable over it",
  stops: false,
  // A link that passes traffic may pass it late.
  repeats: true,
};

const DONE: Readonly<Record<Repair["verb"], string>> = {
  start: "Started",
  stop: "Stopped",
  restart: "Restarted",
  resume: "Resumed",
  reconnect: "Reconnected",
};

const NO_TOPOLOGY: Topology = { components: [], links: [], groups: [] };

const Input = v.object({
  component: v.pipe(
    v.string(),
    v.regex(/^[^/]+\/.+$/, 'it is not a component, expected "kind/name"'),
    v.description('Name of the component, as "operator status" prints it.'),
  ),
});

/** The actions `start-`, `stop-`, `restart-`, `resume-` and `reconnect-component`, as far as the deployment has the powers. */
export function deploymentActions(
  deployment: Deployment,
  { topology = () => NO_TOPOLOGY }: ActionsOptions = {},
): ReadonlyMap<string, BoundAction> {
  const { processes, links } = deployment;
  const place: Place = {
    find: (component) => resolveComponent(component, topology(), deployment),
    has(component) {
      const isOfSubject = topology().components.some(({ id }) => id === component);
      // What runs beside the subject is known by the deployment alone.
      if (!isOfSubject) return deployment.components.some(({ id }) => id === component);
      return joinComponents(topology(), deployment).has(component);
    },
    knows(component) {
      const id = joinComponents(topology(), deployment).get(component)?.id;
      return { hasLinksOut: links?.all.some(({ from }) => from === id) ?? false };
    },
  };
  const means: readonly (readonly [Repair, Means])[] = [
    ...(processes ? PROCESS_REPAIRS.map((repair) => [repair, byProcesses(repair.verb, processes)] as const) : []),
    ...(links ? [[RECONNECT, byLinks(deployment, links)] as const] : []),
  ];
  const actions = means.map(([repair, how]) => toAction(repair, how, place));
  return new Map(actions.map((action) => [action.id, action.bind(place)]));
}

function toAction(
  { verb, fixes, unfit, stops, expectedEffect, ...words }: Repair,
  means: Means,
  { find, has, knows }: Place,
): UnboundAction<Place> {
  return defineAction({
    id: `${verb}-component`,
    ...words,
    input: Input,
    fixes: ({ mechanism, component: { id } }) => (fixes.includes(mechanism) && has(id) ? { component: id } : undefined),
    ...(unfit && { unfit: (cause: Cause) => unfit(cause, knows(cause.component.id)) }),
    preview: ({ component }) => {
      const entities = isComponentId(component) ? [component] : [];
      return { sends: means.sends(find(component)), expectedEffect, entities, stops: stops ? entities : [] };
    },
    async run({ find }: Place, { component }, signal) {
      await means.run(find(component), signal);
      return `${DONE[verb]} ${component}`;
    },
    postCondition: ({ find }, { component }, signal) => means.isDone(find(component), signal),
  });
}

function isAlive({ process }: Component): boolean {
  return process?.state === "running" || process?.state === "hung";
}

function byProcesses(verb: ProcessVerb, processes: Processes): Means {
  return {
    sends: ({ id }) => processes.sends(verb, id),
    async run({ id }, signal) {
      if (verb === "start") await refuseAlive(id, processes, signal);
      await processes[verb](id, signal);
    },
    // A hung process accepts connections, too, so both are checked.
    async isDone({ id, address }, signal) {
      const process = (await processes.list(signal)).find((one) => one.id === id);
      if (verb === "stop") return process?.pid === undefined;
      return process?.state === "running" && (await acceptsTcp(address, signal));
    },
  };
}

/** No second process is started beside one that hangs, and one that hangs does not become ready. */
async function refuseAlive(id: ComponentId, processes: Processes, signal: AbortSignal): Promise<void> {
  const process = (await processes.list(signal)).find((one) => one.id === id);
  if (process?.state !== "hung") return;
  throw new ActionError(
    `Cannot start ${id}: its process ${process.pid} is suspended. Restart it with: operator restart ${id}. Resume it with: operator actions propose resume-component component=${id}`,
  );
}

function byLinks(deployment: Deployment, links: Links): Means {
  const of = (component: DeployedComponent): readonly DeployedLink[] => {
    const found = linksOf(deployment, component.id);
    if (found.length > 0) return found;
    throw new InvalidInputError(`Cannot reconnect "${component.id}": it has no link, expected at least one`);
  };
  return {
    sends: (component) =>
      `heal ${of(component)
        .map(({ id, address }) => `link ${id} at ${address}`)
        .join(", ")}`,
    async run(component, signal) {
      await Promise.all(of(component).map(({ id }) => links.heal(id, signal)));
    },
    /** A stopped component does not show whether the link to it works, and an unchecked link does not count as working. */
    async isDone(component, signal) {
      const running = await runningOf(deployment, signal);
      const passable = of(component).filter(({ to }) => running.has(to));
      const passes = await Promise.all(passable.map(({ id }) => links.passes(id, signal)));
      return passes.length > 0 && passes.every(Boolean);
    },
  };
}

/** Without power over processes, each is assumed to run. */
async function runningOf(
  { processes, components }: Deployment,
  signal: AbortSignal,
): Promise<ReadonlySet<ComponentId>> {
  const all = await processes?.list(signal);
  return new Set((all?.filter(({ state }) => state === "running") ?? components).map(({ id }) => id));
}
