import { expect, test } from "bun:test";
import { unwrittenLooker } from "../../src/monitor/unwritten.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { monitorOptions, scripted, temporaryDatabase } from "./scripted-session.ts";

test("unwrittenLooker() tells each verdict that is another than before, and nothing once the watch has ended", async () => {
  using database = temporaryDatabase();
  const clock = new VirtualClock();
  const end = new AbortController();
  const { session, script } = scripted(clock, { verdicts: { "answers node/1": "violated" } });
  const look = unwrittenLooker(session, monitorOptions(database, clock, { signal: end.signal }));
  const tick = { atMs: clock.now(), stepped: false };

  const [first, again] = [await look(tick), await look(tick)];
  script.verdicts["answers node/1"] = "holds";
  const well = await look(tick);
  script.verdicts["answers node/1"] = "violated";
  end.abort();

  expect([first, again, well].map((items) => items.map(({ change }) => change.to))).toEqual([
    ["violated"],
    [],
    ["holds"],
  ]);
  expect(await look(tick)).toEqual([]);
});
