/** Loads every module, so that coverage sees files that no test uses, and holds that loading does nothing else. */

import { expect, test } from "bun:test";
import { Glob } from "bun";

const files = await Array.fromAsync(new Glob("src/**/*.ts").scan("."));
const modules = files.filter((file) => file !== "src/main.ts" && !file.endsWith(".d.ts")).toSorted();

test.each(modules)("%s loads without a side effect", async (file) => {
  const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);

  const loaded: unknown = await import(`../${file}`);

  expect(loaded).toBeObject();
  expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(listeners);
});
