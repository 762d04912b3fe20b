/** The operator with the toy among its subjects: what tests start as a child process. */

import { runCli } from "../../src/cli/args/run.ts";
import { SUBJECTS } from "../../src/subjects/registry.ts";
import { toy } from "../toy/subject.ts";

if (SUBJECTS instanceof Map) SUBJECTS.set("toy", async () => toy);
process.exitCode = await runCli(process.argv.slice(2));
