import { expect, test } from "bun:test";
import { renameSync } from "node:fs";
import { runHere } from "./running.ts";
import { standIn } from "./stand-in.ts";

const { signal } = new AbortController();

test("a deployment that has ended is said to run no more", async () => {
  await using ended = await runHere(standIn());
  const { processes } = ended;
  await ended.stop();

  const asked = processes.list(signal);

  await expect(asked).rejects.toThrow('Cannot reach deployment "toy": it is not running any more');
});

test("a supervisor that cannot be reached is said to be there", async () => {
  await using running = await runHere(standIn());
  const { processes, folder } = running;
  renameSync(folder.socket, `${folder.socket}.away`);

  const asked = processes.list(signal);

  await expect(asked).rejects.toThrow('Cannot reach the supervisor of deployment "toy"');
  renameSync(`${folder.socket}.away`, folder.socket);
});
