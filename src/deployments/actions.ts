/** The mending half of a deployment as action values, so that the executor can bring a component back. */

import * as v from "valibot";
import { type BoundAction, defineAction, type UnboundAction } from "../core/subject/action.ts";
import type { Topology } from "../core/system/picture.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../core/words/ids.ts";
import type { Mechanism } from "../core/words/mechanism.ts";
import type { Risk } from "../core/words/risk.ts";
import { acceptsTcp } from "../io/tcp.ts";
import { type Deployment, linksOf, type MendingVerb, type Part } from "./deployment.ts";
import { joinParts, resolvePart } from "./join.ts";

/** A deployment, and what the subject that runs on it calls the parts. */
export interface MendingOptions {
  /** The subject's topology as last known. @default the deployment's own names only */
  readonly topology?: () => Topology;
}

interface Mending {
  readonly verb: MendingVerb;
  readonly description: string;
  readonly mends: readonly Mechanism[];
  readonly risk: Risk;
  readonly expectedEffect: string;
  /** Whether the component does not serve meanwhile. */
  readonly stops: boolean;
}

interface Mender {
  readonly deployment: Deployment;
  readonly find: (component: string) => Part;
  readonly has: (component: ComponentId) => boolean;
}

const MENDINGS: readonly Mending[] = [
  {
    verb: "start",
    description: "Start a component that should be there and is not, at the address it had. Helps after a crash.",
    mends: ["crash"],
    risk: "reversible",
    expectedEffect: "the process is alive and accepts connections",
    stops: false,
  },
  {
    verb: "restart",
    description: "End a component and start it again at the same address. What it held in memory is lost.",
    mends: ["hang"],
    risk: "disruptive",
    expectedEffect: "a fresh process is alive and accepts connections",
    stops: true,
  },
  {
    verb: "resume",
    description: "Let a component go on that hangs because it was stopped without being ended. It keeps its memory.",
    mends: ["hang"],
    risk: "reversible",
    expectedEffect: "the process runs and accepts connections",
    stops: false,
  },
  {
    verb: "reconnect",
    description: "Open every link of a component and drop the connections that stalled. Helps against a partition.",
    mends: ["partition"],
    risk: "reversible",
    expectedEffect: "what runs at the end of its links is reached over them",
    stops: false,
  },
];

const NO_TOPOLOGY: Topology = { components: [], links: [], groups: [] };

const Input = v.object({
  component: v.pipe(
    v.string(),
    v.regex(/^[^/]+\/.+$/, 'Cannot use that as a component, expected "kind/name"'),
    v.description('Component as the picture names it, for instance "kind/2".'),
  ),
});

/** The actions `start-`, `restart-`, `resume-` and `reconnect-component`. */
export function deploymentActions(
  deployment: Deployment,
  { topology = () => NO_TOPOLOGY }: MendingOptions = {},
): ReadonlyMap<string, BoundAction> {
  const mender: Mender = {
    deployment,
    find: (component) => resolvePart(component, topology(), deployment),
    has: (component) => joinParts(topology(), deployment).has(component),
  };
  return new Map(
    MENDINGS.map((mending) => toAction(mending, mender)).map((action) => [action.id, action.bind(mender)]),
  );
}

function toAction(
  { verb, mends, stops, expectedEffect, ...words }: Mending,
  { deployment, find, has }: Mender,
): UnboundAction<Mender> {
  return defineAction({
    id: `${verb}-component`,
    ...words,
    input: Input,
    mends: ({ mechanism, component: { id } }) => (mends.includes(mechanism) && has(id) ? { component: id } : undefined),
    preview: ({ component }) => {
      const { id } = findLinked(verb, component, { deployment, find, has });
      const entities = isComponentId(component) ? [component] : [];
      return { sends: deployment.sends(verb, id), expectedEffect, entities, stops: stops ? entities : [] };
    },
    async run(mender: Mender, { component }, signal) {
      const { id } = findLinked(verb, component, mender);
      const sent = mender.deployment.sends(verb, id);
      await mend(verb, id, { deployment: mender.deployment, signal });
      return `Did ${verb} ${component}: ${sent}`;
    },
    postCondition: ({ deployment, find }, { component }, signal) => {
      const part = find(component);
      return verb === "reconnect" ? reaches(deployment, part, signal) : serves(deployment, part, signal);
    },
  });
}

function findLinked(verb: MendingVerb, component: string, { deployment, find }: Mender): Part {
  const part = find(component);
  if (verb !== "reconnect" || linksOf(deployment, part.id).length > 0) return part;
  throw new InvalidInputError(`Cannot reconnect "${component}": it has no link, expected at least one`);
}

interface Mend {
  readonly deployment: Deployment;
  readonly signal: AbortSignal;
}

async function mend(verb: MendingVerb, id: ComponentId, { deployment, signal }: Mend): Promise<void> {
  if (verb !== "reconnect") return await deployment[verb](id, signal);
  await Promise.all(linksOf(deployment, id).map((link) => deployment.heal(link.id, signal)));
}

/** A hung process accepts connections, too, so both are looked at. */
async function serves(deployment: Deployment, { id, address }: Part, signal: AbortSignal): Promise<boolean> {
  const status = (await deployment.components(signal)).find((part) => part.id === id);
  return status?.state === "running" && (await acceptsTcp(address, signal));
}

/** A part that does not run says nothing about the link to it, and nothing seen is not good. */
async function reaches(deployment: Deployment, { id }: Part, signal: AbortSignal): Promise<boolean> {
  const components = await deployment.components(signal);
  const running = new Set(components.filter(({ state }) => state === "running").map((part) => part.id));
  const links = linksOf(deployment, id).filter(({ to }) => running.has(to));
  const answers = await Promise.all(links.map((link) => deployment.answers(link.to, { over: link.id, signal })));
  return answers.length > 0 && answers.every(Boolean);
}
