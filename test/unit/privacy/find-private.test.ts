import { Logger } from "@aws-lambda-powertools/logger";
import { describe, expect, it, vi } from "vitest";
import { findPrivate, maskPrivate } from "../../../shared/privacy/find-private.ts";
import { maskLogged } from "../../../shared/privacy/mask-logged.ts";
import { newEvent } from "../../../shared/execution/new-event.ts";

/** Prefixes of issuers stand apart, so that those who look for secrets in repositories find none here. */
const issued = (prefix: string, rest: string): string => `${prefix}${rest}`;
const R = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5";

describe("what is found by its form or its check digits", () => {
  it.each([
    ["write to ada@lovelace.example today", "write to [email] today"],
    ["owner=ada%40lovelace.example&page=1", "owner=[email]&page=1"],
    ["<td>ada&#x40;lovelace.example</td>", "<td>[email]</td>"],
    ["ada (dot) l [at] lovelace (dot) example", "[email]"],
    ["担当者 ada＠lovelace.example です", "担当者 [email] です"],
    ["lo\u2060la@example.com", "[email]"],
    ["card 4111 1111 1111 1111 declined", "card [card] declined"],
    ["amex 3782-822463-10005", "amex [card]"],
    ["auf DE89 3704 0044 0532 0130 00 gebucht", "auf [iban] gebucht"],
    ["iban=gb82west12345698765432", "iban=[iban]"],
    ["DE89 3704 0044\n0532 0130 00", "[iban]"],
    ["lot ab12 DE89 3704 0044 0532 0130 00", "lot ab12 [iban]"],
    ["call +49 160 33520947 now", "call [phone] now"],
    ["CPF 529.982.247-25", "CPF [national_id]"],
    ["DNI 12345678Z caducado", "DNI [national_id] caducado"],
    ["CF RSSMRA85T10A562S", "CF [national_id]"],
    ["ref AB123456C", "ref [national_id]"],
    ["号 11010519491231002X。", "号 [national_id]。"],
    ["numéro 2 55 08 14 168 025 38", "numéro [national_id]"],
    ["L898902C36UTO7408122F1204159ZE184226B<<<<<10", "[passport]"],
    [`key ${issued("AKI", "AIOSFODNN7EXAMPLE")} found`, "key [aws_key] found"],
    [`token ${issued("gh", `p_${R}`)}`, "token [api_key]"],
    [issued("eyJ", `hbGciOiJIUzI1NiJ9.${R}.${R}`), "[token]"],
    [`https://hooks.slack.com/services/T00000000/B00000000/${R}`, "https://hooks.slack.com/services/[api_key]"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[private_key]"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE cut off", "[private_key]"],
    ["http://ada:s3cret@db.example/x", "http://[basic_auth]@db.example/x"],
  ])("%s", (text, masked) => expect(maskPrivate(text)).toBe(masked));
});

describe("what is found by the words before it", () => {
  it.each([
    ["Tel. 0897.4009-799 frei", "Tel. [phone] frei"],
    ["call me at (617) 555-0185 x123", "call me at [phone]"],
    ["رقم الجوال: ٠٥١٢٨١٣٨٤٤", "رقم الجوال: [phone]"],
    ["手机号码：13800138000", "手机号码：[phone]"],
    ["SSN: 536-90-4399", "SSN: [ssn]"],
    ["BSN 733056441", "BSN [national_id]"],
    ["Kontonummer 4442196474, BLZ 45104770", "Kontonummer [bank_account], BLZ 45104770"],
    ["born 1953-02-21; since 2026-05-10", "born [dob]; since 2026-05-10"],
    ["geboren am 3. Mai 1980", "geboren am [dob]"],
    ["born on March 3rd, 1990", "born on [dob]"],
    ["出生日期 1989年9月1日", "出生日期 [dob]"],
    ["client=45.189.205.62 ua=x", "client=[ip] ua=x"],
    ["visitor [2600:1700:13dd:b10f::1]:80", "visitor [[ip]]:80"],
    ["X-Forwarded-For: 85.12.33.4, 62.139.90.200", "X-Forwarded-For: [ip], [ip]"],
    ["passport no. CE2359902 expired", "passport no. [passport] expired"],
    ["Kennzeichen B-AB 1234 am Tor", "Kennzeichen [plate] am Tor"],
    ["Passwort: qwerty198$ , Konto", "Passwort: [password] , Konto"],
    ["the password is hunter22, sorry", "the password is [password], sorry"],
    ["mysql --password Sommer2024 -u x", "mysql --password [password] -u x"],
    [`{\\"pass\\":\\"Kwqz8065!\\"}`, `{\\"pass\\":\\"[password]\\"}`],
    ["登录失败，密码：Kwqz-82", "登录失败，密码：[password]"],
    [`?token=${R}&run=1`, "?token=[token]&run=1"],
    [`Authorization: Bearer ${R}`, "Authorization: Bearer [token]"],
    ["Authorization: Basic Z2xld2ljejpHTFdV", "Authorization: Basic [basic_auth]"],
    [`api_key = "${R}"`, `api_key = "[api_key]"`],
    [`aws_secret_access_key = ${R}/abc`, "aws_secret_access_key = [aws_key]"],
    ["curl -b 'sid=n5x8a9zt74wzksdid98v3x8l88'", "curl -b 'sid=[cookie]'"],
  ])("%s", (text, masked) => expect(maskPrivate(text)).toBe(masked));
});

describe("what is left", () => {
  it.each([
    "exec_58d0cf207dfc4f52b6678fd8 at 2026-12-01T03:04:05.678Z by agent-research",
    "arn:aws:states:eu-central-1:160872889519:stateMachine:a2a-dev-acme-pricing:759",
    "started_at=1799271564420 settled_at=1782540063141",
    "8f6a8969-e399-4fd9-a723-93efc305cacb 01J476725CEW6X8ME8WSNC8TN1",
    "commit fb8ba07321069a61797d351534613178fc3e0a38",
    "ticket 078-314-4654 closed as duplicate of 634-678-6584",
    '{"orderNo":"4689840571438842"}',
    "reference DE16431101361564498255 is a delivery note",
    "DNI 12345678A, CF RSSMRA85T10A562T",
    "plugin 18.14.83.187, OID 1.3.6.1.4.1.4533.237, subnet 203.0.113.0/30, http://127.0.0.1:80, client=10.0.0.1",
    "git@git.acme.test:acme/invoice.git, @Injectable(), acme/x@sha256:de8ff0ea",
    '"password":"[redacted]", "token":null, Bearer $TOKEN, password={{secret}}',
    "password must have at least 508 characters",
    "input.password_policy.min_length >= 370",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYH\n-----END PUBLIC KEY-----",
    '"account":["409499819518"]',
    "plate is missing, born free, from 12 to 14",
    "12:34:56 to 12:35:00, a::b, fe80::1",
  ])("%s", (text) => expect(findPrivate(text)).toEqual([]));
});

describe("where texts are masked", () => {
  it("is every text of a log line, and of what an error says", () => {
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const logger = new Logger({ serviceName: "x", logLevel: "INFO", jsonReplacerFn: maskLogged });
    logger.info("wrote to ada@lovelace.example", { error: new Error("no route to ada@lovelace.example"), count: 3 });
    const line = written.mock.calls.map(([text]) => String(text)).join("");
    written.mockRestore();
    expect(line).not.toContain("lovelace");
    expect(JSON.parse(line)).toMatchObject({ message: "wrote to [email]", count: 3, error: { message: "no route to [email]" } });
  });

  it("is what an event quotes of people and agents, and nothing else of it", () => {
    const at = "2026-12-01T00:00:00.000Z";
    const error = { code: "AgentFailed", message: "no route to ada@lovelace.example" };
    const about = { task_id: "a", attempt: 1 };
    const failed = newEvent("task.retry_scheduled", { id: "e", at, facts: { ...about, error, delay_seconds: 1 } });
    expect(failed.facts).toEqual({ ...about, error: { code: "AgentFailed", message: "no route to [email]" }, delay_seconds: 1 });
    const late = newEvent("task.result_ignored", { id: "e", at, facts: { ...about, reason: "ask +49 160 33520947" } });
    expect(late.facts).toEqual({ ...about, reason: "ask [phone]" });
    const facts = { ...about, status: "success" as const, duration_seconds: 1 };
    expect(newEvent("task.completed", { id: "e", at, facts }).facts).toBe(facts);
  });
});
