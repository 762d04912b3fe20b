import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { healOpen } from "../../src/chaos/heal.ts";
import { openJournal } from "../../src/chaos/journal.ts";
import { defineFault } from "../../src/core/subject/fault.ts";
import { defineLab, type OpenLab } from "../../src/deployments/lab.ts";
import { systemClock } from "../../src/io/clock.ts";
import { bringSettings } from "../../src/trials/bring-settings.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toyDeployment, toyLab } from "../toy/lab.ts";

const home = mkdtempSync(join(tmpdir(), "operator-settings-"));
const journal = openJournal(home);
const clock = systemClock;
const { signal } = new AbortController();
const rest = { journal, clock, signal, seed: 1, forMs: 60_000 };

afterAll(() => {
  journal[Symbol.dispose]();
  rmSync(home, { recursive: true });
});

test("bringSettings() journals what was there before, sets again what was wiped out, and puts it back", async () => {
  const room = { light: "dim" };
  await using lab = await openRoom(room);

  {
    await using settings = await bringSettings({ ...rest, lab });
    expect([room.light, journal.open("toy")[0]?.input]).toEqual(["bright", { former: "dim" }]);
    room.light = "out";
    await settings.prepare(signal);
    expect(room.light).toBe("bright");
  }

  expect([room.light, journal.open()]).toEqual(["dim", []]);
});

test("what a trial that was killed has set is put back by any later healing", async () => {
  const room = { light: "dim" };
  await using lab = await openRoom(room);
  await bringSettings({ ...rest, lab });

  const healings = await healOpen("all", { lab, journal, clock });

  expect(healings).toMatchObject([{ injection: { fault: "trial-settings" } }]);
  expect([room.light, journal.open()]).toEqual(["dim", []]);
});

test("bringSettings() does nothing where a lab needs nothing", async () => {
  await using lab = await toyLab(new Endpoints(0)).open(toyDeployment());

  await using settings = await bringSettings({ ...rest, lab });
  await settings.prepare(signal);

  expect(journal.open()).toEqual([]);
});

function openRoom(room: { light: string }): Promise<OpenLab> {
  const facts = toyLab(new Endpoints(0));
  const connect = async () => ({ room, async [Symbol.asyncDispose]() {} });
  const trialSettings = defineFault({
    id: "trial-settings",
    description: "Light the room",
    truth: {
      component: "room/1",
      mechanism: "configuration-change",
      trips: [],
      mayTrip: [],
      signalLagMs: 0,
      fixedBy: [],
      decoys: [],
      emulated: false,
    },
    input: v.object({ former: v.string() }),
    choose: async ({ room }: Awaited<ReturnType<typeof connect>>) => ({ former: room.light }),
    inject: async ({ room }) => void (room.light = "bright"),
    isInjected: async ({ room }) => room.light === "bright",
    heal: async ({ room }, { former }) => void (room.light = former),
    healed: async ({ room }, { former }) => room.light === former,
  });
  return defineLab({ ...facts, connect, faults: [], trialSettings }).open(toyDeployment());
}
