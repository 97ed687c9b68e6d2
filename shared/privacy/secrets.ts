import { matchesOf, type PrivateKind, type Region } from "./region.ts";

/** A value at the end of what a pattern finds, or all of it. */
interface Rule {
  readonly kind: PrivateKind;
  /** A text without any of these, in lower case, has none. */
  readonly needs: readonly string[];
  readonly pattern: RegExp;
  readonly refuses?: RegExp;
}

const PLACEHOLDER = /^(?:\$|\{\{|<|\[|\*|%[({]|x{4}|null$|none$|true$|false$|undefined$|redacted|process\.env|your[-_ ])/i;
const NAME = "(?<![\\p{L}\\p{N}])";
/** Behind the name of a secret: how languages and formats assign. */
const ASSIGNS = `["'\\\\]{0,3}\\s{0,2}(?:[:=：]|=>|%3[aAdD])\\s{0,3}\\\\{0,2}["']?`;
const rule = (kind: PrivateKind, pattern: RegExp, needs: readonly string[] = [], refuses?: RegExp): Rule => ({
  kind,
  needs,
  pattern,
  ...(refuses === undefined ? {} : { refuses }),
});
const assigned = (names: string, value: string): RegExp => new RegExp(`${NAME}(?:${names})${ASSIGNS}(${value})`, "giu");

const RULES: readonly Rule[] = [
  rule("private_key", /-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----[^]{0,12000}?(?:-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----|$)/g, ["private key"]),
  rule("token", /(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g, ["eyj"]),
  rule("api_key", /(?<![\w])(?:gh[oprsu]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,64}|hf_[A-Za-z0-9]{20,64}|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255})/g, ["gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "npm_", "hf_", "xox", "xapp-"]),
  rule("api_key", /(?<![\w])(?:sk|rk|pk|whsec|sk-ant|sk-proj|sk-or|AIza|SG\.|ya29\.|shpat_|dop_v1_|pypi-)[-_.]?(?:live_|test_|api\d\d-|svcacct-)?[\w.-]{16,255}/g, ["sk-", "sk_", "rk_", "pk_", "whsec", "aiza", "sg.", "ya29.", "shpat_", "dop_v1_", "pypi-"], /^(?:sk|rk|pk)-?[a-z.-]+$/),
  rule("api_key", /hooks\.slack\.com\/(?:services|workflows)\/([A-Z0-9]{6,16}\/[A-Z0-9]{6,16}\/\w{16,64})/g, ["hooks.slack.com"]),
  rule("aws_key", /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])/g, ["akia", "asia", "abia", "acca"]),
  rule("aws_key", assigned("secret[_ ]?access[_ ]?key|aws_secret_key|aws_secret", "[A-Za-z0-9/+=]{30,64}"), ["secret"]),
  rule("basic_auth", /(?<![\w])(?:Basic|basic|BASIC)\s{1,2}([A-Za-z0-9+/]{8,512}={0,2})(?![\w])/g, ["basic "], /^[a-z]+$/),
  rule("basic_auth", /:\/\/([^\s:@/"'<>]{0,128}:[^\s@/"'<>]{1,256})(?=@)/g, ["://"], /^(?:\$|\{|<|\*)|:(?:\$|\{|<|\*|x{3})/),
  rule("token", /(?<![\w])(?:Bearer|bearer|BEARER)\s{1,2}\\?["']?([\w.~+/-]{12,2048}={0,2})/g, ["bearer"]),
  rule("cookie", /(?<![\w-])(?:__(?:Host|Secure)-[\w-]{1,40}|[\w.]{0,30}sess(?:ion)?(?:[_-]?id)?|connect\.sid|sid|auth_session|remember_token|csrftoken|_session[\w-]*)=([^\s;,"'\\<>]{8,512})/gi, ["sess", "sid", "__host-", "__secure-", "remember_token", "csrftoken"]),
  rule("password", assigned("passwords?|passwd|pwd|pass|passphrase|passwort|kennwort|contraseña|contrasena|clave|mot de passe|mdp|motdepasse|senha|hasło|haslo|şifre|sifre|parola|wachtwoord", `(?<=")[^"\\\\]{3,128}|(?<=')[^'\\\\]{3,128}|[^\\s"'\\\\,;&<>，。]{3,128}`), ["pass", "pwd", "kennwort", "contrase", "contrasena", "clave", "mot de", "motdepasse", "mdp", "senha", "hasło", "haslo", "şifre", "sifre", "parola", "wachtwoord"], /^(?:must|has|is|missing|required|incorrect|wrong|invalid|expired|reset|string|field|and|policy)$/i),
  rule(
    "password",
    /(?<![\p{L}\p{N}])(?:passwords?|passwort|kennwort|mot de passe|contraseña|senha|hasło|şifre|wachtwoord|parola)\s(?:is|was|ist|war|lautet|est|es|era|é|to|jest|auf)\s["']?((?=[^\s"']{0,64}\d)[^\s"',;]{5,64})/giu,
    ["pass", "kennwort", "mot de", "contrase", "senha", "hasło", "şifre", "wachtwoord", "parola"],
  ),
  rule("password", /(?<![\w-])--?(?:password|passwd|pass|pwd)\s{1,2}["']?([^\s"'-][^\s"']{3,64})/gi, ["-pass", "-pwd"]),
  rule("token", /(?<![\w-])(?:tok|sess|pat|at|rt)_[A-Za-z0-9]{20,256}(?![\w-])/g, ["tok_", "sess_", "pat_", "at_", "rt_"]),
  rule("token", /(?<![\w])authorization["']?\s?[:=]\s?["']?(?:token|apikey|api-key|key)\s{1,2}([\w.~+/=-]{8,2048})/gi, ["authorization"]),
  rule("password", /(?:密码|口令|パスワード|暗証番号|पासवर्ड|كلمة المرور|كلمة السر)\s{0,2}[:=：是は]?\s{0,2}["']?([\x21-\x7e]{4,128})/gu, ["密码", "口令", "パスワード", "暗証番号", "पासवर्ड", "كلمة"]),
  rule("api_key", assigned("x-api-key|api[_-]?key|apikey|client[_-]?secret|app[_-]?secret|secret[_-]?key|signing[_-]?secret|webhook[_-]?secret", "[\\w.~+/=-]{12,256}"), ["key", "secret"]),
  rule("token", assigned("(?:access|refresh|id|session|security|auth|push|bot|csrf|xsrf)?[_-]?token|authToken|sessionToken|x-amz-signature|x-amz-security-token|signature|sig", "[\\w.~+/%-]{16,2048}={0,2}"), ["token", "signature", "sig"], /^[a-z]+(?:[-_.][a-z]+)*$/),
];

/** What a text has that has any of them. */
const ANY = new RegExp(RULES.flatMap(({ needs }) => (needs.length === 0 ? ["://"] : needs)).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"));

/** Finds secrets: by the form that their issuers give them, and by the name that they are assigned to. */
export function findSecrets(text: string): Region[] {
  const lower = text.toLowerCase();
  if (!ANY.test(lower)) return [];
  return RULES.flatMap(({ kind, needs, pattern, refuses }) => {
    if (needs.length > 0 && !needs.some((part) => lower.includes(part))) return [];
    return matchesOf(pattern, text).flatMap((match) => {
      const value = match[1] ?? match[0];
      if (PLACEHOLDER.test(value) || refuses?.test(value) === true) return [];
      const end = match.index + match[0].length;
      return [{ start: end - value.length, end, kind }];
    });
  });
}
