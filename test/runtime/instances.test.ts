import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namedInstances, oneInstanceName, saidOfNone } from "../../src/runtime/instances.ts";
import { scratchDatabase } from "../../src/runtime/scratch-database.ts";

const home = mkdtempSync(join(tmpdir(), "operator-instances-"));
afterAll(() => rmSync(home, { recursive: true }));

test("saidOfNone() tells an empty list from one that nobody has looked for", () => {
  using scratch = scratchDatabase();
  const before = saidOfNone("No ticket is open", scratch.database);

  scratch.database.instances.ensure({ subject: "toy", name: "hall" });

  expect(before).toStartWith("No ticket is open: nothing was watched yet in ");
  expect(saidOfNone("No ticket is open", scratch.database)).toBe("No ticket is open");
});

test("namedInstances() refuses a name that fits none, and names what is known and what is alike", async () => {
  using scratch = scratchDatabase();
  scratch.database.instances.ensure({ subject: "toy", name: "hall" });

  const named = await namedInstances(scratch.database, { name: "hall", home });

  expect(named).toMatchObject([{ subject: "toy", name: "hall" }]);
  await expect(namedInstances(scratch.database, { name: "hal", home })).rejects.toThrow(
    /Cannot find instance "hal".*hall/,
  );
});

test("oneInstanceName() is the only one that fits, and nothing where several do or none is known", async () => {
  using scratch = scratchDatabase();
  await expect(oneInstanceName(scratch.database, { home })).rejects.toThrow();
  for (const name of ["hall", "yard"]) scratch.database.instances.ensure({ subject: "toy", name });

  const one = await oneInstanceName(scratch.database, { name: "yard", home });

  expect(one).toEqual({ subject: "toy", name: "yard" });
  await expect(oneInstanceName(scratch.database, { subject: "toy", home })).rejects.toThrow(/hall.*yard/);
});
