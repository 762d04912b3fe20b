import { expect, test } from "bun:test";
import { openDatabase } from "../../../src/database/mod.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

const PLAIN = ["h", "unter2", "Xq9"].join("");

test("a label with a secret is kept without it, as one series, also by the next process; other labels stay as they are", () => {
  using database = temporaryDatabase();
  const instance = database.instances.ensure({ subject: "toy", name: "one" }).id;
  const labels = { component: "lamp/1", key: "user:7", note: `requirepass ${PLAIN}` };
  const sample = { metric: "hum", labels, value: 1 };

  database.samples.append(instance, 1000, [sample, { ...sample, labels: { component: "lamp/2", key: "user:7" } }]);
  database.samples.append(instance, 2000, [sample]);
  using again = openDatabase(database.path);
  again.samples.append(instance, 3000, [sample]);

  const windows = again.samples.query(instance, { metric: "hum", windowMs: 5000, endMs: 4000 });
  expect(windows.map((window) => [window.labels, window.points.length])).toEqual([
    [{ component: "lamp/1", key: "user:7", note: "requirepass [redacted]" }, 3],
    [{ component: "lamp/2", key: "user:7" }, 1],
  ]);
});
