/** The operator with the toy among its subjects: what tests start as a child process. */

import { runCli } from "../../src/cli/args/run.ts";
import { COMMANDS } from "../../src/cli/commands/mod.ts";
import { LABS } from "../../src/subjects/labs.ts";
import { SUBJECTS } from "../../src/subjects/registry.ts";
import { toyLab } from "../toy/subject/lab/mod.ts";
import { toy } from "../toy/subject/mod.ts";

if (SUBJECTS instanceof Map) SUBJECTS.set("toy", async () => toy);
if (LABS instanceof Map) LABS.set("toy", async () => toyLab);
process.exitCode = await runCli(process.argv.slice(2), COMMANDS);
