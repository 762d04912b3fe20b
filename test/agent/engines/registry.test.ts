import { expect, test } from "bun:test";
import { engineIds, loadEngine } from "../../../src/agent/engines/registry.ts";

test("loadEngine() loads every engine of the registry by its own name", async () => {
  for (const id of engineIds()) expect((await loadEngine(id)).id).toBe(id);
});

test("loadEngine() refuses an engine that there is not, and says which there are", async () => {
  await expect(loadEngine("oracle")).rejects.toThrow('Cannot find engine "oracle", expected one of rules');
});
