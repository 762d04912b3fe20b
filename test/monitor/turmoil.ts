/**
 * Turmoil: looks at a system that flaps, with people, crashes, actions and engines that name wrong causes, through the monitor
 * and a database; and then a system that is well again.
 */

import * as fc from "fast-check";
import type { ComponentId, EntityId } from "../../src/core/words/ids.ts";
import type { Mechanism } from "../../src/core/words/mechanism.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import type { Database } from "../../src/database/mod.ts";
import { runRound, startWatch } from "../../src/monitor/round.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { invariant, monitorOptions, type Script, scripted } from "./scripted-session.ts";
import { disturb, EVENTS, type Stage, settleAll } from "./turmoil-events.ts";
import { faultsAtRest, faultsNow, isAtRest } from "./turmoil-faults.ts";

const COMPONENTS: readonly ComponentId[] = ["callers/all", "node/1", "node/2", "store/a", "disk/x"];
const KEYS: readonly EntityId[] = ["key/1", "key/2", "key/3"];
const LINKS = (
  [
    ["callers/all", "node/1"],
    ["callers/all", "node/2"],
    ["node/1", "store/a"],
    ["node/2", "store/a"],
  ] as const
).map(([from, to]) => ({ from, to, kind: "tcp", state: "up" }) as const);

/** What some looks in a row bring. */
export interface Turn {
  /** Of each component, and of each key. */
  readonly verdicts: readonly (Verdict | undefined)[];
  /** Where judgements on keys speak of. */
  readonly keysOn: number;
  readonly retires: boolean;
  /** Nothing at all can be seen. */
  readonly fails: boolean;
  readonly event: (typeof EVENTS)[number];
  /** Whether an agent goes on with its work. */
  readonly works: boolean;
  readonly pick: number;
  readonly mechanism: Mechanism;
  /** Whether a cause is claimed by something that a look can refute. */
  readonly claims: boolean;
}

const verdict = fc.constantFrom<Verdict | undefined>("holds", "holds", "violated", "violated", "unknown", undefined);

/** Any turn. A verdict lasts for some looks, as it does in life. */
export const turn: fc.Arbitrary<Turn> = fc.record({
  verdicts: fc.array(verdict, { minLength: 8, maxLength: 8 }),
  keysOn: fc.integer({ min: 0, max: COMPONENTS.length - 1 }),
  retires: fc.constantFrom(false, false, false, false, true),
  fails: fc.constantFrom(...Array.from({ length: 15 }, () => false), true),
  event: fc.constantFrom(...EVENTS),
  works: fc.boolean(),
  pick: fc.nat({ max: 50 }),
  mechanism: fc.constantFrom<Mechanism>("crash", "hang", "clock-skew", "load-surge"),
  claims: fc.boolean(),
});

/** Looks for which what a turn brings lasts. */
export const LASTS = 4;

const LOOK_MS = 5000;
/** Looks after which all must have come to rest: two hours. */
const LOOKS_TO_REST = 1440;

/** Follows every turn, and then a system that is well until all has come to rest; answers what was wrong at the first look that showed it. */
export async function turmoilFaults(turns: readonly Turn[], database: Database): Promise<readonly string[]> {
  const stage = staged(database);
  for (const next of turns) {
    Object.assign(stage.script, said(next));
    disturb(stage, { ...next, component: COMPONENTS[next.pick % COMPONENTS.length] ?? "node/1" });
    for (let look = 0; look < LASTS; look++) {
      const faults = await looked(stage);
      if (faults.length > 0) return faults;
    }
  }
  settleAll(stage);
  Object.assign(stage.script, said(WELL));
  for (let look = 0; look < LOOKS_TO_REST && !isAtRest(database); look++) {
    const faults = await looked(stage);
    if (faults.length > 0) return faults;
  }
  return faultsAtRest(database);
}

function staged(database: Database): Stage {
  const clock = new VirtualClock();
  const { session, script } = scripted(clock, { verdicts: {}, links: LINKS });
  const invariants = ["answers", "slow"].map((id) => invariant(id, 10_000));
  const options = monitorOptions(database, clock, { invariants, signal: new AbortController().signal });
  const restart: Stage["restart"] = () => startWatch(session, options, 30_000);
  return { database, clock, script, instance: options.instance.id, watch: restart(), restart };
}

async function looked({ watch, clock, database, instance }: Stage): Promise<readonly string[]> {
  await clock.advance(LOOK_MS);
  await runRound(watch, { atMs: clock.now(), stepped: false });
  return faultsNow(database, instance);
}

type Said = Pick<Turn, "verdicts" | "keysOn" | "retires" | "fails" | "pick">;

function said({ verdicts, keysOn, retires, fails, pick }: Said): Partial<Script> {
  const retired = retires ? [KEYS[pick % KEYS.length] ?? "key/1"] : [];
  const all = verdictsOf(verdicts, keysOn);
  const kept = Object.entries(all).filter(([key]) => !retired.some((entity) => key.includes(` ${entity} `)));
  return {
    verdicts: Object.fromEntries(kept),
    components: parts(verdicts),
    retired,
    fails: fails ? new Error("Nothing answers") : undefined,
  };
}

const WELL: Said = {
  verdicts: Array.from({ length: 8 }, () => "holds"),
  keysOn: 0,
  retires: false,
  fails: false,
  pick: 0,
};

/** A component that is violated is down, so that a cause can be there and go. */
function parts(verdicts: Turn["verdicts"]) {
  return COMPONENTS.map((id, index) => {
    const state = verdicts[index] === "violated" ? "down" : "up";
    return { id, kind: id.slice(0, id.indexOf("/")), state } as const;
  });
}

function verdictsOf(verdicts: Turn["verdicts"], keysOn: number): Record<string, Verdict> {
  const entities = [
    ...COMPONENTS.map((id) => `answers ${id} ${id}`),
    ...KEYS.map((id) => `slow ${id} ${COMPONENTS[keysOn]}`),
  ];
  const pairs = entities.flatMap((key, index) => {
    const one = verdicts[index];
    return one ? [[key, one] as const] : [];
  });
  return Object.fromEntries(pairs);
}
