/** Secrets of every known form in every place from which an investigation reads: none is kept, shown or sent on. */

import { Database as Sqlite } from "bun:sqlite";
import { expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { investigateNext } from "../../src/agent/agent.ts";
import { claude } from "../../src/agent/engines/claude/mod.ts";
import { writeBundle } from "../../src/agent/replay/bundle.ts";
import type { BoundInspection } from "../../src/core/subject/inspection.ts";
import type { LogEvent } from "../../src/core/system/logs.ts";
import { renderIncident } from "../../src/render/records/incident.ts";
import { renderTranscript } from "../../src/render/records/transcript.ts";
import { bundleOf, investigationOf } from "../../src/runtime/investigations.ts";
import { incidentView } from "../../src/runtime/views/incident.ts";
import { FORMS } from "../core/text/redaction-corpus.ts";
import { by, type Stage, setStage } from "../toy/stage.ts";
import { call, KEY, openFakeApi, text } from "./engines/claude/fake-api.ts";

const TEXTS = FORMS.map((form) => form.text);
const SECRETS = [...new Set(FORMS.map(({ secret }) => secret)), KEY];

/** What looks a little like a secret and is none: figures and names that a diagnosis needs. */
const TELEMETRY = [
  "key user:7 took 5 of 100 tokens in 1000 ms",
  "token bucket of endpoint/2 is at 37.5",
  "requests 1200/s, p99 68.8 ms, secret sauce: none",
  "config hash 9f86d081, version 7.4.2, pid 4711, port 6379",
  "auth_failures:0 passes 3 of 3 keyspace_hits:99182",
];

test("secrets of every form and place reach neither database, transcript, prompt, bundle nor incident, and telemetry stays", async () => {
  expect(FORMS.length).toBeGreaterThanOrEqual(25);
  await using stage = await setStage();
  await using api = openFakeApi((_, index) => ({
    content:
      index === 0
        ? [
            text(`I found ${TEXTS.join("\n")}`),
            ...["components", "verdicts", "changes", "history", "look", "series"].map((tool) => call(tool, {})),
            call("logs", { component: "endpoint/2", from: 0, most: 1000 }),
            call("inspect", { component: "endpoint/2", inspection: "dump" }),
          ]
        : index < 5
          ? [call("read", { evidence: `e${index + 4}`, from: index % 2 === 0 ? 0 : 60 })]
          : [call("conclude", { cause: "h1", observation: TEXTS[index] ?? "Seen" })],
  }));
  seed(stage);

  const engine = claude({ apiKey: KEY, baseUrl: api.url });
  await investigateNext({ ...stage.agent, session: leaky(stage), engine }, stage.signal);

  expect(api.problems).toEqual([]);
  const { database, incident } = stage;
  const investigation = investigationOf(database, incident);
  const steps = database.investigations.steps(investigation.id);
  const view = await incidentView(database, incident, Date.now());
  if (!view) throw new Error("Cannot find the incident");
  const kept = {
    prompt: JSON.stringify(api.received.map(({ body }) => body)),
    database: dumpOf(database.path),
    transcript: renderTranscript(investigation, steps, { whole: true }).join("\n"),
    bundle: writeBundle(bundleOf(database, incident)),
    incident: [JSON.stringify(view), ...renderIncident(view, { nowMs: Date.now(), columns: 100 })].join("\n"),
  };
  for (const [where, written] of Object.entries(kept)) {
    expect({ where, leaked: SECRETS.filter((secret) => written.includes(secret)) }).toEqual({ where, leaked: [] });
  }
  for (const where of ["prompt", "transcript", "bundle"] as const) {
    expect({ where, lost: TELEMETRY.filter((line) => !kept[where].includes(line)) }).toEqual({ where, lost: [] });
  }
});

/** Puts every text into what is on record already: audit, past incidents, tickets. */
function seed({ database, instance, incident }: Stage): void {
  for (const [index, said] of TEXTS.entries()) {
    database.audit.append({
      ...by("person/ada", said),
      instance,
      event: "action-approved",
      detail: { input: { note: said } },
    });
    if (index % 20 === 0) database.incidents.note(incident, by("person/ada", said));
  }
}

/** A session whose log, inspection and look tell everything. */
function leaky({ session }: Stage) {
  const events = [...TELEMETRY, ...TEXTS].map(
    (message, index): LogEvent => ({
      atMs: Date.now() - 1000 + index,
      component: "endpoint/2",
      level: "info",
      message,
      fields: { said: message },
    }),
  );
  const dump: BoundInspection = {
    id: "dump",
    description: "All of it.",
    cost: "costly",
    timeoutMs: 1000,
    appliesTo: (component) => component === "endpoint/2",
    read: async () => ({ said: [...TELEMETRY, ...TEXTS] }),
  };
  return {
    inspections: [dump],
    async *logs() {
      yield* events;
    },
    async look(request: Parameters<typeof session.look>[0]) {
      const seen = await session.look(request);
      const labels = Object.fromEntries(TEXTS.map((said, index) => [`label${index}`, said]));
      return {
        ...seen,
        judgements: seen.judgements.map((one, index) => ({ ...one, summary: TEXTS[index] ?? one.summary })),
        picture: { ...seen.picture, components: seen.picture.components.map((one) => ({ ...one, labels })) },
      };
    },
  };
}

/** Every value of every row, what is packed unpacked. */
function dumpOf(path: string): string {
  using sqlite = new Sqlite(path, { readonly: true });
  const tables = sqlite.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables
    .flatMap(({ name }) => sqlite.query<Record<string, unknown>, []>(`SELECT * FROM "${name}"`).all())
    .flatMap((row) => Object.values(row).map(readable))
    .join("\n");
}

function readable(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const isPacked = value[0] === 0x1f && value[1] === 0x8b;
  return new TextDecoder().decode(isPacked ? gunzipSync(value) : value);
}
