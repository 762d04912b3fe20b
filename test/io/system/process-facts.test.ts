import { expect, test } from "bun:test";
import { hostLoad, portOwner, processUsage } from "../../../src/io/system/process-facts.ts";
import { takeFreePort } from "../../../src/io/system/tcp.ts";

test("portOwner() names the process that listens, and nobody where none does", () => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });

  expect(portOwner(server.port)).toEqual({ pid: process.pid, command: expect.stringContaining("bun") });
  expect(portOwner(takeFreePort())).toBeUndefined();
});

test("processUsage() tells what a process uses, and nothing of one that is gone", async () => {
  const gone = Bun.spawn(["true"]);
  await gone.exited;

  const usage = processUsage(process.pid);

  expect(usage?.cpuSeconds).toBeGreaterThan(0);
  if (process.platform === "linux") expect(usage?.cpuWaitSeconds ?? 0).toBeGreaterThanOrEqual(0);
  expect(usage?.residentBytes).toBeGreaterThan(10_000_000);
  expect(usage?.threads).toBeGreaterThan(0);
  expect(processUsage(gone.pid)).toBeUndefined();
});

test("where there is no /proc, lsof and ps are asked, and their absence is no answer", async () => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });

  const owner = portOwner(server.port, "darwin");
  const usage = processUsage(process.pid, "darwin");

  expect(owner?.pid).toBe(Bun.which("lsof") ? process.pid : undefined);
  expect(usage === undefined).toBe(!Bun.which("ps"));
  if (usage) expect(usage.residentBytes).toBeGreaterThan(10_000_000);
  expect(processUsage(4_000_000, "darwin")).toBeUndefined();
});

test("hostLoad() tells the machine's cores and memory", () => {
  const { cores, memoryBytes, freeMemoryBytes } = hostLoad();

  expect(cores).toBeGreaterThan(0);
  expect(freeMemoryBytes).toBeLessThanOrEqual(memoryBytes);
});
