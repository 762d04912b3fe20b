/** Distinguishes sentences about secrets from text that contains one. */

/** Words that follow `password:` or `--token` in sentences. */
const PROSE = new Set(
  (
    "a an the like such rather more most less this that these those it its there their them they we you is was are were be been being has have " +
    "had do does did can cannot could should would will must may might shall and or but nor if when while where " +
    "which who whose whether than then so as because although of for from to in into on onto off by at with " +
    "without within over under between through per via about against before after until since during instead not " +
    "no none null nil undefined nan true false yes ok all any both each every either neither one two only also " +
    "too very already still again just never always here now what why how need needs needed take takes took " +
    "taken give gives given get gets got make makes made set sets unset use uses used using name names named " +
    "mentioned mention call called calls read reads written write holds hold comes came say says said see expect " +
    "expected expects require required requires requirement missing empty absent invalid valid wrong incorrect " +
    "bad unknown malformed failed fails fail failing failure error errors rejected refused denied accepted " +
    "allowed disabled enabled changed expired revoked rotated found exists known authentication authorization " +
    "authenticated unauthorized command commands option options flag flags argument arguments value values " +
    "string file files path header headers field fields setting settings method methods type types scheme bucket " +
    "buckets count counts length limit limits mode refresh check checks checked update updated attempt attempts " +
    "succeeded success successful timeout timed out up down"
  ).split(" "),
);

/** Whether a word is prose, ignoring case and trailing punctuation. */
export function isProse(word: string): boolean {
  return word.length < 20 && PROSE.has(word.toLowerCase().replace(/[.,;:!?)\]}'"`]+$/, ""));
}

/** Whether a word is a placeholder, as in help and scripts: `<password>`, `****`, `…`, `$(cat`. */
export function isPlaceholder(word: string): boolean {
  return word.length < 80 && /^(?:<[^<>]{0,60}>|\*+|…|\.{3}|\(redacted\)|\$\(.*)[.,;:)\]}]*$/.test(word);
}
