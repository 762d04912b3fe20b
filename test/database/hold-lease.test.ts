import { expect, test } from "bun:test";
import { type HoldOptions, holdLease } from "../../src/database/hold-lease.ts";
import type { Lease, LeaseStore } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { until } from "../until.ts";

test("holdLease() works under the lease, keeps it alive, and gives it up", async () => {
  const { store, asked, options } = leases();

  const answer = await holdLease("incident/1", options, async () => {
    await until(() => asked.length >= 3);
    return store.current("incident/1", Date.now())?.holder;
  });

  expect(answer).toBe("agent/a");
  expect(store.current("incident/1", Date.now())).toBeUndefined();
});

test("holdLease() does nothing where somebody else holds the lease", async () => {
  const { store, options } = leases();
  store.acquire("incident/1", { holder: "agent/b", nowMs: Date.now(), ttlMs: 60_000 });

  expect(await holdLease("incident/1", options, () => Promise.reject(new Error("Must not run")))).toBeUndefined();
});

test("holdLease() gives the lease up when the work fails, or is stopped", async () => {
  const { store, options } = leases();
  const stop = new AbortController();

  const failing = holdLease("incident/1", options, () => Promise.reject(new Error("Broken")));
  await expect(failing).rejects.toThrow("Broken");
  expect(store.current("incident/1", Date.now())).toBeUndefined();

  const stopped = holdLease("incident/1", { ...options, signal: stop.signal }, (signal) =>
    systemClock.sleep(60_000, signal),
  );
  stop.abort(new Error("Enough"));
  await expect(stopped).rejects.toThrow();
  expect(store.current("incident/1", Date.now())).toBeUndefined();
});

test("holdLease() stops the work when the lease is lost", async () => {
  const { store, options } = leases();

  const losing = holdLease("incident/1", options, (signal) => {
    store.release("incident/1", "agent/a");
    store.acquire("incident/1", { holder: "agent/b", nowMs: Date.now(), ttlMs: 60_000 });
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });

  await expect(losing).rejects.toThrow('Cannot keep lease "incident/1": another process has taken it');
  expect(store.current("incident/1", Date.now())?.holder).toBe("agent/b");
});

test("holdLease() stops the work when the lease cannot be kept", async () => {
  const { store, options } = leases();
  let asked = 0;
  const broken: LeaseStore = {
    ...store,
    acquire(name, request) {
      asked += 1;
      if (asked > 2) throw new Error("Cannot write: the disk is full");
      return store.acquire(name, request);
    },
  };

  const losing = holdLease("incident/1", { ...options, leases: broken }, (signal) => systemClock.sleep(60_000, signal));

  await expect(losing).rejects.toThrow();
  expect(store.current("incident/1", Date.now())).toBeUndefined();
});

/** Leases in memory, with a record of who asked. */
function leases(): { store: LeaseStore; asked: string[]; options: HoldOptions } {
  const held = new Map<string, Lease>();
  const asked: string[] = [];
  const store: LeaseStore = {
    acquire(name, { holder, nowMs, ttlMs }) {
      asked.push(holder);
      const before = held.get(name);
      if (before && before.holder !== holder) return before;
      const lease = { name, holder, expiresAtMs: nowMs + ttlMs };
      held.set(name, lease);
      return lease;
    },
    release: (name, holder) => void (held.get(name)?.holder === holder && held.delete(name)),
    current: (name) => held.get(name),
  };
  const signal = AbortSignal.timeout(10_000);
  return { store, asked, options: { leases: store, clock: systemClock, holder: "agent/a", ttlMs: 30, signal } };
}
