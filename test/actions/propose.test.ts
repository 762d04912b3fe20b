import { expect, test } from "bun:test";
import { proposeByHand } from "../../src/actions/propose.ts";
import { messageOf } from "../../src/core/text/errors.ts";
import { setStage } from "../toy/stage.ts";

const BY = { actor: "person/test", atMs: 1, reason: "By hand" } as const;

test("proposeByHand() refuses a component that is not there and names those that are, also before what is done already", async () => {
  await using stage = await setStage({ killed: false });
  const { database, instance, session, signal, executor } = stage;
  const options = { database, instance, session, signal, actions: executor.actions };

  const refused = await proposeByHand(options, {
    ...BY,
    action: "start-component",
    fields: { component: "endpoint/77" },
  }).catch(messageOf);

  expect(refused).toStartWith('Cannot find "endpoint/77", expected one of endpoint/1, endpoint/2');
  expect(database.actionRuns.list()).toEqual([]);
  expect(database.audit.list().map(({ event }) => event)).toContain("action-refused");
});
