import { expect, test } from "bun:test";
import { byHand, person } from "../../src/runtime/person.ts";

test.each([
  ["the user of the process", "ada", {}, "person/ada"],
  ["who called sudo", "root", { SUDO_USER: "ada", SUDO_UID: "1000" }, "person/ada-as-root"],
  ["who called sudo for another user", "ops", { SUDO_USER: "ada" }, "person/ada-as-ops"],
  ["who called sudo by number, where there is no name", "root", { SUDO_UID: "1000" }, "person/uid-1000-as-root"],
  ["who called doas", "root", { DOAS_USER: "ada" }, "person/ada-as-root"],
  ["nobody twice", "ada", { SUDO_USER: "ada" }, "person/ada"],
  ["nobody by an empty name", "root", { SUDO_USER: "", SUDO_UID: "", DOAS_USER: "" }, "person/root"],
  ["nobody by what no name can be", "root", { SUDO_USER: "a/b\u001b[2J", SUDO_UID: "-1" }, "person/root"],
] as const)("person() names %s", (_, own, environment, actor) => {
  expect(person(own, environment)).toBe(actor);
});

test("person() names the user of this process by its id, whatever the environment says of it", () => {
  const own = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
  const before = process.env["USER"];
  process.env["USER"] = "somebody-else";

  expect(person(undefined, {})).toBe(`person/${own}`);
  if (before === undefined) delete process.env["USER"];
  else process.env["USER"] = before;
});

test("byHand() dates a change and names the person", () => {
  expect(byHand("Because")).toEqual({ atMs: expect.any(Number), actor: person(), reason: "Because" });
});
