/** The kinds of claims and the mechanisms in words, for a model. The forms themselves are in the tools' schemas. */

import { MECHANISMS } from "../../../core/words/mechanism.ts";

/** One line for each kind of claim, and the list of mechanisms. */
export const CLAIM_GUIDE = `Kinds: state-is (a field of a component now: state, probe, process.state, configHash, version, \
clockOffsetMs, labels.role and the like), link-broken and link-works (a link now), \
link-answers (whether answers still come back over a broken link, late or at all), verdict-is (what an invariant says of an entity now, \
perhaps for which reason), changed (a component went down, restarted, was reconfigured or upgraded since before the trouble), \
order (one event before another), moved (a series against its healthy past; perSecond for counters), level (a series' median \
against a baseline), logged (a text in a component's log), inspected (a path of an inspection).
Mechanisms: ${MECHANISMS.join(", ")}.`;
