/** Shell completions: a small script per shell that asks the executable itself, so that it never goes stale. */

import * as v from "valibot";
import { command, type Runnable } from "../args/command.ts";
import { NO_INSTANCE, printLine } from "../args/output.ts";

const SCRIPTS = {
  bash: `_operator() {
  local IFS=$'\\n'
  COMPREPLY=($(operator __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _operator operator`,
  zsh: `#compdef operator
_operator() {
  local -a found
  found=("\${(@f)$(operator __complete "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
  compadd -a found
}
compdef _operator operator`,
  fish: `complete -c operator -f -a '(operator __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
} as const;

/** `operator completions bash`: prints a script for the shell to load. */
export const completions: Runnable = command({
  name: "completions",
  args: { shell: { type: "positional", description: "bash, zsh or fish", valueHint: "bash|zsh|fish" } },
  options: v.object({ shell: v.picklist(["bash", "zsh", "fish"]) }),
  async run({ shell }) {
    SCRIPTS[shell].split("\n").forEach((line) => printLine(NO_INSTANCE, line));
  },
});
