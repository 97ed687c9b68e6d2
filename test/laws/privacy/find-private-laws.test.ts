import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCard, isIban } from "../../../shared/privacy/check-digits.ts";
import { findPrivate, maskPrivate } from "../../../shared/privacy/find-private.ts";

const piece = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("tel: ", "born ", "password=", "@", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "eyJ", "::", "1.2.3.4", "client=", " [at] ", "\u2060", "٠٥١", "-----BEGIN PRIVATE KEY-----", "\u{1F4DE}", "Basic "),
  fc.stringMatching(/^[0-9 .\-/()+:]{0,24}$/),
);
const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

describe("the search for personal data", () => {
  it("finds regions inside the text, in order, none over another, none empty", () => {
    fc.assert(
      fc.property(texts, (text) => {
        let before = 0;
        for (const { start, end } of findPrivate(text)) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          before = end;
        }
        expect(before).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves what it does not find as it is", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const regions = findPrivate(text);
        const left = regions.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
        expect(maskPrivate(text).replaceAll(/\[(?:email|phone|card|iban|bank_account|national_id|ssn|passport|plate|dob|ip|password|api_key|aws_key|token|cookie|basic_auth|private_key)\]/g, "")).toBe(left);
      }),
      { numRuns: 1000 },
    );
  });

  it("knows every card whose last digit fits, grouped or not, and none whose does not", () => {
    const digits = fc.tuple(fc.constantFrom("4", "51", "2221", "35", "6011"), fc.stringMatching(/^\d{15}$/)).map(([network, rest]) => (network + rest).slice(0, 15));
    fc.assert(
      fc.property(digits, fc.constantFrom("", " ", "-"), (body, sign) => {
        const last = Array.from({ length: 10 }, (_, digit) => String(digit)).filter((digit) => isCard(body + digit));
        expect(last).toHaveLength(1);
        const number = body + (last[0] ?? "");
        const grouped = [0, 4, 8, 12].map((from) => number.slice(from, from + 4)).join(sign);
        expect(maskPrivate(`paid ${grouped}, thanks`)).toBe("paid [card], thanks");
      }),
      { numRuns: 500 },
    );
  });

  it("takes one pair of check digits for each account number", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{18}$/), (account) => {
        const fitting = Array.from({ length: 97 }, (_, check) => String(check + 2).padStart(2, "0")).filter((check) => isIban(`DE${check}${account}`));
        expect(fitting).toHaveLength(1);
        expect(maskPrivate(`auf DE${fitting[0] ?? ""}${account}.`)).toBe("auf [iban].");
      }),
      { numRuns: 200 },
    );
  });
});
