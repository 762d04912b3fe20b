import { afterAll, beforeAll, expect, test } from "bun:test";
import type { BoundAction } from "../../../src/core/subject/action.ts";
import type { Session } from "../../../src/core/subject/subject.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";

let session: Session;

beforeAll(async () => {
  session = await tikv.configure({ pd: [{ address: "127.0.0.1:1" }] }).open({ clock: systemClock });
});

afterAll(() => session[Symbol.asyncDispose]());

test("restore-scheduling says in words what will be so", () => {
  const obstacles = "halted:halt-scheduling,paused:balance-leader-scheduler,limit:replica-schedule-limit,store-limit:4";

  expect(actionOf("restore-scheduling").preview({ obstacles }).expectedEffect).toBe(
    "PD schedules again: it is not halted, balance-leader-scheduler runs, replica-schedule-limit is 64, store/4 may take and give 15 replicas per minute",
  );
});

test("restore-scheduling refuses what PD has no default of", () => {
  const { preview } = actionOf("restore-scheduling");

  for (const obstacles of ["limit:max-replicas", "missing:evict-leader-scheduler", "store-limit:all", "anything", ""])
    expect(() => preview({ obstacles })).toThrow("Expected a list such as");
});

test("keep-store waits for a person up to the tier of what is reversible: a removal is mostly meant", () => {
  expect(actionOf("keep-store").risk).toBe("disruptive");
});

test("causes in stores and settings are fixed by what undoes them", () => {
  const store = { id: "store/4", kind: "store", state: "up", labels: { leaders_evicted: "true" } } as const;
  const clients = { id: "clients/all", kind: "clients", state: "up", labels: { hottest_region: "7" } } as const;
  const whole = { id: "cluster/tikv", kind: "cluster", state: "up", labels: { leader_schedule_limit: "0" } } as const;

  expect(actionOf("drain-store").fixes?.({ mechanism: "slow-dependency", component: store })).toEqual({ storeId: 4 });
  expect(actionOf("drain-store").fixes?.({ mechanism: "crash", component: store })).toBe(undefined);
  expect(actionOf("undrain-store").fixes?.({ mechanism: "configuration-change", component: store })).toEqual({
    storeId: 4,
  });
  const alone = { ...whole, labels: { "leaders-kept-off": "store/5, store/1 (leader weight 0)" } };
  expect(actionOf("undrain-store").fixes?.({ mechanism: "configuration-change", component: alone })).toEqual({
    storeId: 5,
  });
  const weighed = { ...whole, labels: { "leaders-kept-off": "store/1 (leader weight 0)" } };
  expect(actionOf("undrain-store").fixes?.({ mechanism: "configuration-change", component: weighed })).toBe(undefined);
  expect(actionOf("split-region").fixes?.({ mechanism: "skewed-load", component: clients })).toEqual({ regionId: 7 });
  expect(actionOf("set-schedule-config").fixes?.({ mechanism: "configuration-change", component: whole })).toEqual({
    name: "leader-schedule-limit",
    value: 4,
  });
});

function actionOf(id: string): BoundAction {
  const action = session.actions.get(id);
  if (!action) throw new Error(`Cannot find action ${id}`);
  return action;
}
