import { expect, test } from "bun:test";
import * as v from "valibot";
import { withBeside } from "../../../src/core/subject/beside.ts";
import type { SourceState } from "../../../src/core/subject/checkup.ts";
import { defineSubject } from "../../../src/core/subject/subject.ts";
import type { DeployedProcess } from "../../../src/core/system/process.ts";
import { ProbeError } from "../../../src/core/text/errors.ts";
import { judgeAnswering } from "../../../src/core/tickets/self-check.ts";
import { systemClock } from "../../../src/io/clock.ts";

const PICTURE = {
  atMs: 1000,
  components: [{ id: "lamp/1", kind: "lamp", state: "up" }],
  links: [],
  series: [],
} as const;
const METER = { id: "meter/main", kind: "meter", address: "127.0.0.1:9090", linkAddresses: [] } as const;
const DEPLOYMENT = { name: "deployment" } as const;
const WELL = [{ name: "metrics" }] as const;
const SILENT = [{ name: "metrics", failed: "connection refused", outcome: "refused" }] as const;

function beside(process: DeployedProcess, sources: readonly SourceState[], url?: string) {
  const reading = { owner: "hall", atMs: 1000, processes: [process] };
  return withBeside(
    { picture: PICTURE, sources: [DEPLOYMENT] },
    { reading, url: url ?? "http://localhost:9090/", sources },
  );
}

test("withBeside() shows what a deployment runs where the sources are read, as it answers", () => {
  const { picture, sources } = beside({ ...METER, state: "running" }, WELL);

  expect(picture.components.at(-1)).toMatchObject({ id: "meter/main", state: "up", probe: "answered" });
  expect(sources).toEqual([{ name: "metrics", on: "meter/main" }, DEPLOYMENT]);
});

test("withBeside() shows that it is down, and what became of its process", () => {
  const exit = { atMs: 900, code: null, signal: "SIGKILL" };

  const { picture, sources } = beside({ ...METER, state: "exited", exit }, SILENT);

  expect(picture.components.at(-1)).toMatchObject({
    id: "meter/main",
    state: "down",
    probe: "refused",
    process: { state: "exited", exit, owner: "hall" },
  });
  expect(sources).toMatchObject([{ failed: "connection refused", on: "meter/main" }, DEPLOYMENT]);
});

test("withBeside() leaves everything as it is where the deployment runs nothing there, or is not known", () => {
  const same = { picture: PICTURE, sources: [...SILENT, DEPLOYMENT] };

  expect(beside({ ...METER, state: "running" }, SILENT, "http://10.0.0.9:9090")).toEqual(same);
  expect(
    withBeside(
      { picture: PICTURE, sources: [DEPLOYMENT] },
      { reading: undefined, url: "http://localhost:9090", sources: SILENT },
    ),
  ).toEqual(same);
  expect(beside({ ...METER, id: "lamp/1", state: "running" }, SILENT)).toEqual(same);
});

test("a look at a subject shows its metrics store as a component, on which its silence is told", async () => {
  const exit = { atMs: 900, code: null, signal: "SIGKILL" };
  const read = async (): Promise<readonly DeployedProcess[]> => [{ ...METER, state: "exited", exit }];
  const { signal } = new AbortController();
  await using session = await metered
    .configure({ meter: "http://127.0.0.1:9090" })
    .open({ clock: systemClock, processes: { owner: "hall", read } });

  const { picture, sources, startedAtMs: atMs } = await session.look({ signal });

  expect(picture.components.find(({ id }) => id === "meter/main")).toMatchObject({
    state: "down",
    probe: "refused",
    process: { state: "exited" },
  });
  expect(judgeAnswering({ name: "hall", sources, atMs })).toMatchObject([
    { entity: "instance/hall", verdict: "holds" },
    { entity: "source/metrics", on: "meter/main", verdict: "violated" },
    { entity: "source/deployment", on: "source/deployment", verdict: "holds" },
  ]);
});

class Client implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {}
}

const metered = defineSubject({
  id: "lamps",
  description: "Lamps",
  vocabulary: {},
  config: v.object({ meter: v.string() }),
  metricsUrl: ({ meter }) => meter,
  connect: async () => new Client(),
  probes: {
    lit: { everyMs: 0, timeoutMs: 1000, read: async (_client: Client) => ["lamp/1"] },
    metrics: { everyMs: 0, timeoutMs: 1000, source: "metrics", read: refused },
  },
  topology: () => ({ components: [{ id: "lamp/1", kind: "lamp" }], links: [], groups: [] }),
  model: (_, { atMs }) => ({ atMs, components: [], links: [], series: [] }),
  invariants: [],
  actions: [],
});

async function refused(_client: Client): Promise<readonly string[]> {
  throw new ProbeError("connection refused", { outcome: "refused" });
}
