/** What an agent answers, what that has to come to, and why it is odd. */
export interface OddReply {
  readonly name: string;
  /** The `result` of its JSON-RPC reply, as text: what it holds no value of ours could. */
  readonly result: string;
  readonly becomes: Becomes;
}

/** How the attempt has to end. `code` of a failure, `output` of a success as JSON. */
type Becomes = { readonly status: "completed"; readonly output?: unknown } | { readonly status: "failed"; readonly code: string };

const completed = (output?: unknown): Becomes => ({ status: "completed", ...(output === undefined ? {} : { output }) });
const failed = (code: string): Becomes => ({ status: "failed", code });

/** A direct message with one data part, or with the parts given. */
const message = (data: string): string => `{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"data":${data}}]}}`;
const words = (text: string): string => `{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"${text}"}]}}`;
/** A task that is over. `more`: further fields. */
const task = (state: string, more = ""): string => `{"task":{"id":"odd-task","contextId":"c","status":{"state":"${state}"}${more}}}`;
const done = (more: string): string => task("TASK_STATE_COMPLETED", `,"artifacts":[{"artifactId":"a","parts":[{"data":{"ok":true}}]}]${more}`);
const saying = (state: string, text: string): string =>
  `{"task":{"id":"odd-task","status":{"state":"${state}","message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"${text}"}]}}}}`;

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const OK = { ok: true };
const HALF = "\\ud83d";

const NUMBERS: readonly OddReply[] = [
  { name: "an integer beyond 2^53 that a double holds", result: message('{"n":1790000000000000000}'), becomes: completed({ n: 1_790_000_000_000_000_000 }) },
  { name: "an integer that a double does not hold", result: message('{"n":12345678901234567891}'), becomes: failed("AgentRefusedContent") },
  { name: "a number beyond every double", result: message('{"n":1e400}'), becomes: failed("AgentRefusedContent") },
  { name: "a number that is nearly nothing", result: message('{"n":1e-200}'), becomes: completed({ n: 1e-200 }) },
  { name: "a number that is less than nearly nothing", result: message('{"n":1e-400}'), becomes: failed("AgentRefusedContent") },
  { name: "a large number", result: message('{"n":1e300}'), becomes: completed({ n: 1e300 }) },
  { name: "zero below zero", result: message('{"n":-0}'), becomes: completed({ n: 0 }) },
  { name: "a fraction of forty digits", result: message('{"n":0.1234567890123456789012345678901234567890}'), becomes: completed() },
  { name: "usage that costs more than the world has", result: done(',"metadata":{"usage":{"cost":1e200}}'), becomes: completed(OK) },
  { name: "usage beyond every double", result: done(',"metadata":{"usage":{"cost":1e400}}'), becomes: completed(OK) },
  { name: "usage below zero", result: done(',"metadata":{"usage":{"tokens":-5}}'), becomes: completed(OK) },
  { name: "usage that is a text", result: done(',"metadata":{"usage":"much"}'), becomes: completed(OK) },
  { name: "usage in half tokens", result: done(',"metadata":{"usage":{"tokens":0.5}}'), becomes: completed(OK) },
  { name: "a time in nanoseconds beside the content", result: done(',"metadata":{"at":1790000000123456789}'), becomes: completed(OK) },
];

const TEXTS: readonly OddReply[] = [
  { name: "a text that ends in half an emoji", result: words(`half ${HALF}`), becomes: completed({ text: "half \ufffd" }) },
  { name: "data with half an emoji", result: message(`{"t":"${HALF}"}`), becomes: completed({ t: "\ufffd" }) },
  { name: "a key that is half an emoji", result: message(`{"${HALF}":1}`), becomes: completed({ "\ufffd": 1 }) },
  { name: "the second half alone", result: words("\\ude00 half"), becomes: completed({ text: "\ufffd half" }) },
  { name: "an emoji in two escapes", result: words("\\ud83d\\ude00"), becomes: completed({ text: "😀" }) },
  { name: "halves the wrong way round", result: words("\\ude00\\ud83d"), becomes: completed({ text: "\ufffd\ufffd" }) },
  { name: "an escaped backslash before a u", result: words("\\\\ud83d"), becomes: completed({ text: "\\ud83d" }) },
  { name: "a failure whose reason ends in half an emoji", result: saying("TASK_STATE_FAILED", `no ${HALF}`), becomes: failed("AgentFailed") },
  { name: "a refusal whose reason is half an emoji", result: saying("TASK_STATE_REJECTED", HALF), becomes: failed("AgentRejected") },
  { name: "a reason whose cut would halve an emoji", result: saying("TASK_STATE_FAILED", "\\ud83d\\ude00".repeat(5000)), becomes: failed("AgentFailed") },
  { name: "a reason of a million characters", result: saying("TASK_STATE_FAILED", "x".repeat(1_000_000)), becomes: failed("AgentFailed") },
  { name: "the character zero", result: words("a\\u0000b"), becomes: completed({ text: "a\0b" }) },
  { name: "lines that look like a log's", result: saying("TASK_STATE_FAILED", 'x\\n{\\"level\\":\\"ERROR\\"}'), becomes: failed("AgentFailed") },
  { name: "an id of a task with half an emoji", result: `{"task":{"id":"odd${HALF}","status":{"state":"TASK_STATE_COMPLETED"},"artifacts":[{"artifactId":"a","parts":[{"data":{"ok":true}}]}]}}`, becomes: completed(OK) },
];

const SHAPES: readonly OddReply[] = [
  { name: "data 100 levels deep", result: message(nested(100)), becomes: completed() },
  { name: "data 5 000 levels deep", result: message(nested(5000)), becomes: failed("AgentRefusedContent") },
  { name: "data 100 000 levels deep", result: message(nested(100_000)), becomes: failed("AgentRefusedContent") },
  { name: "keys of every object", result: message('{"constructor":1,"__proto__":{"isAdmin":true},"toString":2}'), becomes: completed() },
  { name: "an empty key", result: message('{"":1}'), becomes: completed({ "": 1 }) },
  { name: "a key twice", result: message('{"a":1,"a":2}'), becomes: completed({ a: 2 }) },
  { name: "a list", result: message("[1,2]"), becomes: completed({ data: [1, 2] }) },
  { name: "a number alone", result: message("7"), becomes: completed({ data: 7 }) },
  { name: "false alone", result: message("false"), becomes: completed({ data: false }) },
  { name: "null alone", result: message("null"), becomes: failed("EmptyAnswer") },
  { name: "no parts", result: '{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[]}}', becomes: failed("EmptyAnswer") },
  { name: "a text of marks that nobody sees", result: words("\\u200b\\u200e"), becomes: failed("EmptyAnswer") },
  { name: "parts that are numbers", result: '{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[1,2]}}', becomes: failed("AgentRefused") },
  { name: "a task that is a text", result: '{"task":"done"}', becomes: failed("AgentRefused") },
  { name: "a result that is a list", result: "[]", becomes: failed("AgentRefused") },
  { name: "a result that is null", result: "null", becomes: failed("AgentRefused") },
  { name: "a task without an id", result: '{"task":{"id":"","status":{"state":"TASK_STATE_COMPLETED"}}}', becomes: failed("AgentRefused") },
  { name: "an id of 100 000 characters", result: `{"task":{"id":"${"i".repeat(100_000)}","status":{"state":"TASK_STATE_COMPLETED"}}}`, becomes: failed("AgentRefused") },
];

const SIZES: readonly OddReply[] = [
  { name: "10 000 keys", result: message(`{${Array.from({ length: 10_000 }, (_, index) => `"k${index}":${index}`).join(",")}}`), becomes: completed() },
  { name: "a list of 200 000 numbers", result: message(`{"l":[${"1,".repeat(199_999)}1]}`), becomes: completed() },
  { name: "10 000 artifacts", result: task("TASK_STATE_COMPLETED", `,"artifacts":[${'{"artifactId":"a","parts":[{"text":"x"}]},'.repeat(9999)}{"artifactId":"z","parts":[{"text":"x"}]}]`), becomes: completed() },
  { name: "a text of 2 MB", result: words("x".repeat(2_000_000)), becomes: completed() },
  { name: "a history of 5 000 messages", result: done(`,"history":[${'{"messageId":"h","role":"ROLE_AGENT","parts":[{"text":"x"}]},'.repeat(4999)}{"messageId":"h","role":"ROLE_AGENT","parts":[]}]`), becomes: completed(OK) },
];

/** Every reply that agents have been seen to give, or might. */
export const ODD_REPLIES: readonly OddReply[] = [...NUMBERS, ...TEXTS, ...SHAPES, ...SIZES];
