import { array, assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { splitCommand } from "../../../shared/hooks/command/command-line.ts";
import { flawOfProgram, PROGRAMS } from "../../../shared/hooks/command/programs.ts";

const ALL = new Set(Object.keys(PROGRAMS));

/** What becomes of a command: its arguments, or why it is refused. */
function judge(command: string, args: readonly string[] = [], allowed: ReadonlySet<string> = ALL): readonly string[] | string {
  const line = splitCommand(command, args);
  return "flaw" in line ? line.flaw : (flawOfProgram(line.argv, allowed) ?? line.argv);
}

const HONEST: readonly (readonly [string, readonly string[]])[] = [
  ["ruff check src", ["ruff", "check", "src"]],
  ["ruff format 'my file.py'", ["ruff", "format", "my file.py"]],
  ["git status", ["git", "status"]],
  ["git diff --stat", ["git", "diff", "--stat"]],
  ["pytest tests -q", ["pytest", "tests", "-q"]],
  ["git log --oneline", ["git", "log", "--oneline"]],
  ["ruff check --select=E501 src", ["ruff", "check", "--select=E501", "src"]],
  ["  ruff\tformat  {file} ", ["ruff", "format", "{file}"]],
  [`jq -S '.items[] | {name: .name}' "data.json"`, ["jq", "-S", ".items[] | {name: .name}", "data.json"]],
];

/** Chains, substitutions, redirections, expansions: whatever makes more than one command, or other arguments, of a text. */
const SHELL = [
  "ruff check; rm -rf /", "ruff check && curl x", "ruff check || id", "ruff check | sh", "ruff check & id", "ruff check |& sh",
  "$(id)", "`id`", "ruff check $(id)", 'ruff check "$(id)"', 'ruff check "`id`"', "ruff check ${IFS}x", "ruff check $IFS", 'ruff check "$HOME"', "ruff check $'\\x3b id'",
  "ruff check > /etc/passwd", "ruff check >> x", "ruff check 2>&1", "ruff check < /etc/shadow", "ruff check << EOF", "ruff check <(id)", "ruff check >(id)", "(id)", "{ id; }",
  "ruff check *", "ruff check ?.py", "ruff check [a-z].py", "ruff check {a,b}", "ruff check {1..9}", "ruff check ~root", "ruff check ~", "ruff check !!", "ruff check # x", "ruff check %PATH%", "ruff check ^x",
  "ruff check \\; id", "ruff check a\\ b", 'ruff check "a\\"b', "ruff check 'a", 'ruff check "a', "FOO=bar ruff check", "ruff check x=$y", "{file", "{File} check", "ruff check x{file}", "ruff check {file}x",
];

/** What ends a line, does not show, or shows as something else. */
const UNSEEN = [
  "ruff\ncheck", "ruff check\nid", "ruff check\rid", "ruff check\r\nid", "ruff ch\u0000eck", "ruff check 'a\u0000b'", "ruff check \u202eevil", "ruff check\u2028id", "ruff check\u2029id", "ruff check \u2066x\u2069",
  "ruff check\u0085id", "ruff check\u00a0id", "ruff check\u3000id", "ruff check \u200bx", "ruff check \ufeffx", "ruff check \u001b[2J", "ruff check \u0008x", "ruff check \u007f", "ruff check \ud800", 'ruff check "a\nb"',
];

/** Programs that are none of those, however they are written. */
const PROGRAM = [
  "", "   ", "''", "/bin/sh -c id", "sh -c id", "bash", "../ruff check", "./ruff check", "constructor", "__proto__ x", "toString", "hasOwnProperty", "env ruff check", "xargs ruff", "Ruff check", "RUFF check", "ruff\u0441 check",
  "python -c id", "node -e 1", "sudo git status", "curl http://169.254.169.254/", "-c", "--version", "git", "ruff", "'ruff check'",
];

/** Options and paths that run something else, or reach elsewhere. */
const OPTION = [
  "git -c core.sshCommand=id status", "git status -c core.fsmonitor=id", "git diff --ext-diff", "git diff --ext-d", "git diff --output=x", "git diff --outp=x", "git diff -O x", "git log --exec-path=/tmp", "git --exec-path=/tmp log", "git clone ext::sh",
  "git ls-files -o", "git diff --no-index /etc/passwd x", "git diff --no-ind a b", "git show --textconv", "git --upload-pack=id status", "git -C / status", "git --git-dir=/x status", "git --work-tree=/ status", "git --config-env=a=B status", "git -p status", "git --paginate log", "git config alias.x '!id'", "git archive --remote=x", "git log --format='%(trailers)'",
  "pytest -p evil", "pytest --rootdir=/", "pytest -c /tmp/x", "pytest -o x=y", "pytest --override-ini=a=b", "pytest --confcutdir=/", "pytest --pyargs os", "pytest -pevil",
  "ruff check --config=x", "ruff check --config x", "ruff check ../../etc", "ruff check /etc/passwd", "ruff check a/../../b", "ruff check @/etc/passwd", "ruff check file:///etc/passwd", "ruff check --cache-dir=/tmp", "ruff server", "ruff check --select=/etc/passwd", "ruff check --select=../x", "ruff check 'C:/x'", "ruff check '..\\x'", "ruff check -- ../x", "ruff check -- --config=/x/..",
  "jq -n env --args", "jq --slurpfile a b", "jq -L lib x", "jq --rawfile a b", "jq -f prog.jq", "gofmt -cpuprofile=x", "prettier --plugin=evil x", "prettier --config=x y", "black --config x",
];

describe("command lines", () => {
  it.each(HONEST)("takes %j", (command, argv) => {
    expect(judge(command)).toEqual(argv);
  });

  it.each([...SHELL, ...UNSEEN, ...PROGRAM, ...OPTION].map((command) => [command]))("refuses %j", (command) => {
    expect(judge(command)).toBeTypeOf("string");
  });

  it("knows at least the ninety-eight attacks that were promised", () => {
    const attacks = new Set([...SHELL, ...UNSEEN, ...PROGRAM, ...OPTION]);
    expect(attacks.size).toBeGreaterThanOrEqual(98);
  });

  it("gives arguments their own words: nothing in them means anything, but they must not lead elsewhere", () => {
    expect(judge("ruff check", ["; rm -rf x", "$(id)", "a b"])).toEqual(["ruff", "check", "; rm -rf x", "$(id)", "a b"]);
    expect(judge("ruff check", ["/etc/passwd"])).toContain("leads out");
    expect(judge("ruff check", ["--config=x"])).toContain("may not be called with");
    expect(judge("ruff check", ["a\u0000"])).toContain("control character");
  });

  it("says what is wrong, and what there is", () => {
    expect(judge("rm -rf /")).toBe("'rm' is no program that commands may call; there are ruff, black, gofmt, prettier, jq, git, pytest");
    expect(judge("git push", [], new Set(["git"]))).toBe("'git push' may not be called; only status, diff, log, show, rev-parse, ls-files");
    expect(judge("ruff check", [], new Set(["git"]))).toBe("'ruff' is not here; allowed are git");
    expect(judge("ruff check", [], new Set())).toContain("allowed are none");
  });

  it("bounds what it reads", () => {
    expect(judge("x".repeat(2001))).toContain("2000");
    expect(judge("ruff check", Array.from({ length: 63 }, () => "a"))).toContain("64");
    expect(judge("ruff check", ["a".repeat(4097)])).toContain("4096");
  });

  it("takes what it quotes itself for what it was, whatever it holds", () => {
    const printable = string({ unit: constantFrom(..."ab ;|&$`\\*?~#\"(){}<>!^%=ä".split("")), minLength: 1, maxLength: 12 });
    assert(
      property(array(printable, { minLength: 1, maxLength: 6 }), (words) => {
        const line = splitCommand(words.map((word) => `'${word}'`).join(" "));
        expect(line).toEqual({ argv: words });
      }),
    );
  });
});
