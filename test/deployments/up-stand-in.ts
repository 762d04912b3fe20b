/** A program of its own that brings a stand-in up, to be killed on the way. Arguments: home, name, stubborn. */

import { upLocal } from "../../src/deployments/local/up.ts";
import { standIn } from "./stand-in.ts";

const [home = "", name = "", stubborn = "no"] = process.argv.slice(2);
const recipe = standIn({ stubborn: stubborn === "never-ready" ? "never-ready" : "no" });
await upLocal(
  { home, name, recipe },
  { signal: new AbortController().signal, onReady: (id) => process.stdout.write(`${id}\n`) },
);
