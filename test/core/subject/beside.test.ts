import { expect, test } from "bun:test";
import { withBeside } from "../../../src/core/subject/beside.ts";
import type { SourceState } from "../../../src/core/subject/checkup.ts";
import type { DeployedProcess } from "../../../src/core/system/process.ts";

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
