import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../../src/database/mod.ts";
import { haltView } from "../../../src/runtime/views/halt.ts";

const folder = mkdtempSync(join(tmpdir(), "operator-halt-view-"));
const by = { atMs: 1, actor: "person/ada", reason: "Stop" } as const;

afterAll(() => rmSync(folder, { recursive: true }));

test("haltView() names the instances that it halts, and says where there is no database", () => {
  const path = join(folder, "operator.db");
  {
    using database = openDatabase(path);
    database.instances.ensure({ subject: "lamps", name: "hall" });
  }

  expect(haltView(path, by)).toMatchObject({
    path,
    exists: true,
    titles: ["lamps hall"],
    file: { path: `${path}.halted` },
  });
  expect(haltView(join(folder, "other.db"), by)).toMatchObject({ exists: false, titles: [] });
});
