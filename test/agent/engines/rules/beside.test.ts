import { expect, test } from "bun:test";
import { rules } from "../../../../src/agent/engines/rules/mod.ts";
import { OWN_INVARIANTS } from "../../../../src/core/tickets/own-invariants.ts";
import { aCase, aTicket, storedDesk } from "../../cases.ts";

test("rules names the crash of what runs beside the subject, of which only a source is known to be silent", async () => {
  const meter = { id: "meter/main", kind: "meter", address: "127.0.0.1:9090" } as const;
  const lamp = { id: "lamp/1", kind: "lamp", state: "up", probe: "answered" } as const;
  const process = { address: meter.address, owner: "hall" } as const;
  const exit = { atMs: 1400, code: null, signal: "SIGKILL" };
  const before = { ...meter, state: "up", probe: "answered", process: { ...process, state: "running" } } as const;
  const now = { ...meter, state: "down", probe: "refused", process: { ...process, state: "exited", exit } } as const;
  const given = aCase({
    invariants: OWN_INVARIANTS,
    tickets: [aTicket({ invariant: "answers-probes", on: "meter/main", affected: ["source/metrics"] })],
    topology: { components: [{ id: "lamp/1", kind: "lamp" }], links: [], groups: [] },
    pictureBefore: { atMs: 1000, components: [lamp, before], links: [], series: [] },
    picture: { atMs: 2000, components: [lamp, now], links: [], series: [] },
    events: [{ atMs: 1500, event: "went-down", of: "meter/main", summary: "meter/main went down" }],
    sources: [{ name: "metrics", failed: "connection refused" }],
  });

  const { cause } = await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000));

  expect(cause).toMatchObject({ component: "meter/main", mechanism: "crash", verdict: "confirmed" });
});
