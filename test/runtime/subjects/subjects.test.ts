import { expect, test } from "bun:test";
import { faultOf, labIds, loadLab } from "../../../src/runtime/subjects/labs.ts";
import { onlySubject, SelectionError } from "../../../src/runtime/subjects/select-subjects.ts";
import { loadSubject, subjectIds } from "../../../src/runtime/subjects/subjects.ts";
import { limiterDeployment, surveyOf } from "../limiter-deployment.ts";

test("loadSubject() and loadLab() find what there is, and refuse anything else with what is near", async () => {
  for (const id of subjectIds()) expect((await loadSubject(id)).id).toBe(id);
  for (const id of labIds()) expect((await loadLab(id)).subject).toBe(id);

  await expect(loadSubject("ratelimitr")).rejects.toThrow('Cannot find subject "ratelimitr", expected one of');
  await expect(loadLab("ratelimitr")).rejects.toThrow('did you mean "ratelimiter"');
});

test("faultOf() finds a fault, or says which there are", async () => {
  const lab = await loadLab("ratelimiter");
  const [first] = lab.faults;

  expect(faultOf(lab, first?.id ?? "")).toBe(first ?? faultOf(lab, "none"));
  expect(() => faultOf(lab, "node-kil")).toThrow(
    /^Cannot find fault "node-kil" of ratelimiter, .*did you mean "node-kill"/,
  );
});

test("onlySubject() takes what runs or what settings point to, where that is one", async () => {
  const place = { home: "/nowhere", name: undefined };

  expect(await onlySubject({ ...place, pointedTo: ["ratelimiter"] })).toBe("ratelimiter");
  const found = surveyOf(limiterDeployment("east"), { ...limiterDeployment("odd"), subject: "unheard-of" });
  expect(await onlySubject({ ...place, pointedTo: [] }, found)).toBe("ratelimiter");
  const none = await onlySubject({ ...place, name: "broken", pointedTo: [] }, surveyOf()).catch(
    (error: unknown) => error,
  );
  const two = await onlySubject({ ...place, pointedTo: ["a", "b"] }).catch((error: unknown) => error);
  const other = await onlySubject({ ...place, name: "west", pointedTo: [] }, found).catch((error: unknown) => error);
  expect(other).toMatchObject({ found: [], running: ["east", "odd"] });
  expect([none, two].every((error) => error instanceof SelectionError)).toBe(true);
  expect([none, two]).toMatchObject([
    { found: [], message: "Cannot choose a subject: found none, expected one", unusable: [{ name: "broken" }] },
    { found: ["a", "b"], message: "Cannot choose a subject: found a and b, expected one" },
  ]);
});
