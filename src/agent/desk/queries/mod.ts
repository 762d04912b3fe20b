/** Every query of a desk. Adding one is a file beside this one and a line in the list. */

import type { Query } from "../query.ts";
import { changes } from "./changes.ts";
import { components } from "./components.ts";
import { history } from "./history.ts";
import { inspect } from "./inspect.ts";
import { logs } from "./logs.ts";
import { look } from "./look.ts";
import { metrics } from "./metrics.ts";
import { read } from "./read.ts";
import { compare, series } from "./series.ts";
import { verdicts } from "./verdicts.ts";

/** All of them, as an engine may offer them to a model. */
export const QUERIES: readonly Query[] = [
  components,
  verdicts,
  metrics,
  series,
  compare,
  logs,
  inspect,
  changes,
  look,
  history,
  read,
];
