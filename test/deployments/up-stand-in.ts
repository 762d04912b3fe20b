/** A program of its own that brings a stand-in up, to be killed on the way or to end. Arguments: home, name, how. */

import { upLocal } from "../../src/deployments/local/up.ts";
import { standIn } from "./stand-in.ts";

const [home = "", name = "", how = ""] = process.argv.slice(2);
const recipe = standIn({ stubborn: how === "never-ready" ? "never-ready" : "no" });
await upLocal(
  { home, name, recipe, throwaway: how === "throwaway" },
  { signal: new AbortController().signal, onReady: (id) => process.stdout.write(`${id}\n`) },
);
