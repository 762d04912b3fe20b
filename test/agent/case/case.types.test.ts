/** Nothing that the core knows of a look is left out of a case: what a schema does not name is dropped when a case is built. */

import { expectTypeOf, test } from "bun:test";
import type { Case } from "../../../src/agent/case/case.ts";
import type { InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import type { Inspected } from "../../../src/core/subject/inspection.ts";
import type { LogEvent } from "../../../src/core/system/logs.ts";
import type { Component, Link, Series, Topology } from "../../../src/core/system/picture.ts";
import type { ComponentProcess } from "../../../src/core/system/process.ts";
import type { RecordedEvent, SaidEvent } from "../../../src/core/system/timeline.ts";

type Dropped<Known, Kept> = Exclude<keyof Known, keyof Kept>;
type Part = Case["picture"]["components"][number];

test("the schema of a case names every field of what it is built from", () => {
  expectTypeOf<Dropped<Component, Part>>().toBeNever();
  expectTypeOf<Dropped<ComponentProcess, NonNullable<Part["process"]>>>().toBeNever();
  expectTypeOf<Dropped<Link, Case["picture"]["links"][number]>>().toBeNever();
  expectTypeOf<Dropped<Series, Case["picture"]["series"][number]>>().toBeNever();
  expectTypeOf<Dropped<Topology, Case["topology"]>>().toBeNever();
  expectTypeOf<Dropped<InvariantJudgement, Case["judgements"][number]>>().toBeNever();
  expectTypeOf<Dropped<RecordedEvent, Case["events"][number]>>().toBeNever();
  expectTypeOf<Dropped<SaidEvent, NonNullable<Case["events"][number]["said"]>>>().toBeNever();
  expectTypeOf<Dropped<Inspected, Case["inspections"][number]>>().toBeNever();
  expectTypeOf<Dropped<LogEvent, Case["logs"][number]["events"][number]>>().toBeNever();
});
