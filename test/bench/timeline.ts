/**
 * The past of one incident at 1,000 entities and 120 moments, in each of which one verdict changes: what reading the events,
 * going back to what was said before, and laying out the evidence cost.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCase } from "../../src/agent/case/build.ts";
import { evidenceOf } from "../../src/agent/case/evidence.ts";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import type { Picture } from "../../src/core/system/picture.ts";
import { type RecordedEvent, verdictEventKind } from "../../src/core/system/timeline.ts";
import type { Incident } from "../../src/core/tickets/incident.ts";
import { openDatabase } from "../../src/database/mod.ts";

const ENTITIES = 1000;
const MOMENTS = 120;
const BEGAN_MS = 1_700_000_000_000;
const REPEATS = 5;
const SUBJECT = { id: "synthetic", description: "", vocabulary: {}, invariants: [] };

/** Measures both sizes and answers the table as Markdown. */
export async function benchTimeline(): Promise<string> {
  const rows = [16, 200].map(measure);
  return ["| invariants | entities | moments | median CPU | resident MB more |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function measure(invariants: number): string {
  const folder = mkdtempSync(join(tmpdir(), "operator-bench-"));
  using database = openDatabase(join(folder, "operator.db"));
  try {
    const { id: instance } = database.instances.ensure({ subject: "synthetic", name: "bench" });
    const now = look(invariants);
    database.pictures.add(instance, database.pictures.pack({ ...now.picture, atMs: BEGAN_MS - 1000 }));
    database.events.add(instance, database.events.prepare(changes()));
    const incident: Incident = {
      id: 1,
      instance,
      state: "investigating",
      title: "",
      beganAtMs: BEGAN_MS,
      openedAtMs: BEGAN_MS,
    };
    Bun.gc(true);
    const residentBefore = process.memoryUsage().rss;
    const costsMs: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const { user, system } = process.cpuUsage();
      evidenceOf(buildCase(incident, now, { database, subject: SUBJECT }));
      const after = process.cpuUsage();
      costsMs.push((after.user - user + after.system - system) / 1000);
    }
    const moreMb = (process.memoryUsage().rss - residentBefore) / 1024 ** 2;
    const median = costsMs.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0;
    return `| ${invariants} | ${ENTITIES} | ${MOMENTS} | ${median.toFixed(1)} ms | ${moreMb.toFixed(0)} |`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function changes(): readonly RecordedEvent[] {
  return Array.from({ length: MOMENTS }, (_, index) => {
    const of = `store/${index}` as const;
    const said = { on: of, from: "holds", to: "violated", reason: "measured", figures: {} } as const;
    const event = verdictEventKind(said) ?? "violated";
    return { atMs: BEGAN_MS + 5000 * index, event, of, invariant: "invariant-0", summary: `${of} is violated`, said };
  });
}

function look(invariants: number): Checkup {
  const ids = Array.from({ length: ENTITIES }, (_, index) => `store/${index}` as const);
  const picture: Picture = {
    atMs: BEGAN_MS + 5000 * MOMENTS,
    components: ids.map((id) => ({ id, kind: "store", state: "up" })),
    links: ids.flatMap((from) =>
      ([1, 2, 3] as const).map((pd) => ({ from, to: `pd/${pd}`, kind: "tcp", state: "up" }) as const),
    ),
    series: [],
  };
  return {
    startedAtMs: picture.atMs,
    elapsedMs: 1,
    picture,
    topology: { components: picture.components, links: picture.links, groups: [] },
    retired: [],
    sources: [],
    observation: {},
    judgements: ids.flatMap((entity, index) =>
      Array.from({ length: invariants }, (_, number) => ({
        invariant: `invariant-${number}`,
        entity,
        on: entity,
        verdict: number === 0 && index < MOMENTS ? ("violated" as const) : ("holds" as const),
        reason: "measured",
        readAtMs: picture.atMs,
        summary: `${entity} answers as expected`,
        evidence: { a: 1 },
      })),
    ),
  };
}
