import { expect, test } from "bun:test";
import { systemClock } from "../../../src/io/clock.ts";
import { scratchDatabase } from "../../../src/runtime/scratch-database.ts";
import { openSubject } from "../../../src/runtime/subjects/open-subject.ts";
import type { SubjectTarget } from "../../../src/runtime/subjects/resolve-subject.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { startEmulated } from "../../emulators/tikv/emulated-cluster.ts";
import { serveRecorded } from "../../subjects/tikv/recorded.ts";
import { toyDeployment } from "../../toy/lab.ts";
import { openToy } from "../toy-instance.ts";

const toyOf = async () => {
  const instance = await openToy();
  const { database } = instance.opened.monitoring;
  const stored = () => database.instances.get(instance.opened.monitoring.instance.id)?.emulated;
  const look = () => instance.opened.session.look({ signal: AbortSignal.timeout(5000) });
  const reopen = async (target: Partial<SubjectTarget> = {}) => {
    await using opened = await openSubject({ ...instance.opened.target, ...target }, { database, clock: systemClock });
    return opened.monitoring.instance.emulated;
  };
  return { ...instance, stored, look, reopen };
};

test("openSubject() marks an instance as what answers at its addresses says, each time anew", async () => {
  await using toy = await toyOf();

  const marks = [await toy.reopen()];
  toy.endpoints.pretend();
  marks.push(await toy.reopen());

  expect(marks).toEqual([undefined, true]);
  expect(toy.stored()).toBe(true);
});

test("openSubject() keeps what is on record while nothing answers, and what a deployment says counts for more", async () => {
  await using toy = await toyOf();
  toy.endpoints.pretend();
  await toy.reopen();
  for (const { id } of toy.endpoints.components) await toy.endpoints.kill(id);

  const silent = await toy.reopen();
  const deployed = await toy.reopen({ deployment: toyDeployment() });

  expect([silent, deployed]).toEqual([true, undefined]);
});

test("a session marks its instance after the first look at which something answers", async () => {
  await using toy = await toyOf();
  toy.endpoints.pretend();
  for (const { id } of toy.endpoints.components) await toy.endpoints.kill(id);
  const { monitoring, session } = await openSubject(toy.opened.target, {
    database: toy.opened.monitoring.database,
    clock: systemClock,
  });
  for (const { id } of toy.endpoints.components) toy.endpoints.start(id);
  const before = monitoring.instance.emulated;

  await session.look({ signal: AbortSignal.timeout(5000) });

  expect([before, monitoring.instance.emulated, toy.stored()]).toEqual([undefined, true, true]);
  await session[Symbol.asyncDispose]();
});

test("a TiKV cluster says by a header of PD whether it is emulated, whatever recording of the real one is held against it", async () => {
  using scratch = scratchDatabase();
  await using emulated = await startEmulated({ regions: 4 });
  await using recorded = serveRecorded("healthy");
  const markOf = async (name: string, config: unknown) => {
    const target = { subject: tikv, name, configured: tikv.configure(config) };
    await using opened = await openSubject(target, { database: scratch.database, clock: systemClock });
    return opened.monitoring.instance.emulated;
  };

  expect(await markOf("stand-in", emulated.config)).toBe(true);
  expect(await markOf("real", recorded.config)).toBeUndefined();
}, 60_000);
